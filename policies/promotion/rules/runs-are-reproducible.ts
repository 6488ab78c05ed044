import { GATES, sameName } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

export const runsAreReproducible = releaseRule(GATES["runs-are-reproducible"], (release, { minRuns }) => {
  const runs = release.section("runs");
  const ids = runs.map(({ submissionId }) => sameName(submissionId));
  const issued = release.section("issuedAt");
  const later = runs.filter(({ finishedAt }) => Date.parse(finishedAt) > Date.parse(issued));
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
  const independent = new Set(
    runs.filter((run) => run.rerunOf === undefined).map(({ submissionId }) => sameName(submissionId)),
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
    ...later.map(
      ({ submissionId, finishedAt }) =>
        `has run ${submissionId} as its proof, which finished at ${finishedAt}, after the evidence was issued`,
    ),
    ...(recipes.size > 1 ? [`has runs of ${recipes.size} different recipes as its proof`] : []),
    ...(artifacts.size > 1 ? [`has runs that gave ${artifacts.size} different artifacts`] : []),
  ];
});
