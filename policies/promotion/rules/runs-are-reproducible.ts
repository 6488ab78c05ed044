import { z } from "zod";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** Independent runs that must have given the same artifact. */
  minRuns: z.int().min(2).default(2),
});

/** One id in several ways of writing is one run. */
const sameId = (id: string): string => id.normalize("NFKC").trim().toLowerCase();

export const runsAreReproducible = releaseRule({
  name: "runs-are-reproducible",
  description: "Independent runs of one recipe have given the same artifact, bit for bit.",
  why: "an artifact that its recipe does not give again cannot be explained, repaired or trusted to be what was reviewed.",
  fix: "submit the same DAG again from its start (`orch submit` with another submission id, not `rerun`), and let CI sign both runs. If the artifacts differ, fix the seeds and pin images and data versions.",
  settings,
  check(release, { minRuns }) {
    const runs = release.section("runs");
    const ids = runs.map(({ submissionId }) => sameId(submissionId));
    const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
    const independent = new Set(
      runs.filter((run) => run.rerunOf === undefined).map(({ submissionId }) => sameId(submissionId)),
    );
    const recipes = new Set(runs.map(({ recipeDigest }) => recipeDigest));
    const artifacts = new Set(runs.map(({ artifactSha256 }) => artifactSha256));
    return [
      ...twice.map((id) => `has run ${id} more than once as its proof; a run is no proof of itself`),
      ...(independent.size < minRuns
        ? [
            `has ${independent.size} independent ${independent.size === 1 ? "run" : "runs"} as its proof, and needs ${minRuns}; a rerun of another one is not independent`,
          ]
        : []),
      ...(recipes.size > 1 ? [`has runs of ${recipes.size} different recipes as its proof`] : []),
      ...(artifacts.size > 1 ? [`has runs that gave ${artifacts.size} different artifacts`] : []),
    ];
  },
});
