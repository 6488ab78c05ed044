import { z } from "zod";
import { approvals, dataSet, EVIDENCE_VERSION, type Evidence, evidence, modelCard, stays } from "./evidence.ts";
import { artifactUri, finite, sameName, sha256 } from "./values.ts";

/** Evidence from what is known of two runs and from files. Pure: who reads runs and files is somebody else. */

/** What is known of a run, from wherever runs are kept. */
export interface RunRecord {
  readonly submissionId: string;
  readonly rerunOf?: string | undefined;
  readonly pipelineId: string;
  readonly recipeDigest: string;
  /** How it ended, e.g. `Succeeded`; undefined while it runs. */
  readonly phase: string | undefined;
  readonly finishedAt: string | undefined;
  /** Where what its nodes wrote stands. */
  readonly outputs: string | undefined;
}

/** Where runs are kept: a cluster, files, an audit log. */
export interface RunReader {
  /** @throws UserError when there is no such run, or it cannot be asked */
  run(submissionId: string): Promise<RunRecord>;
}

/** What the nodes of a run wrote to `$ORCH_RESULT_PATH`, as far as evidence asks; whatever else they wrote is left alone. */
export const runResult = z.looseObject({
  artifact: z.looseObject({ uri: artifactUri, sha256 }),
  /** By name. */
  metrics: z.record(z.string(), finite).optional(),
  /** The largest loss from a peak, as a share of it: 0.18 is 18 %. */
  drawdown: evidence.shape.drawdown.shape.max.optional(),
  /** What metrics and drawdown were measured on. */
  data: dataSet.optional(),
});
export type RunResult = z.infer<typeof runResult>;

/** Forms of the files, by what they are called in messages. */
export const EVIDENCE_FILES = {
  result: runResult,
  "second result": runResult,
  card: modelCard,
  stays,
  approvals,
} as const;
export type EvidenceFile = keyof typeof EVIDENCE_FILES;

export interface Sources {
  readonly runs: readonly [RunRecord, RunRecord];
  /** Whoever submitted each. */
  readonly submittedBy: readonly [string, string];
  readonly results: readonly [RunResult, RunResult];
  readonly card: z.infer<typeof modelCard>;
  readonly stays: z.infer<typeof stays>;
  readonly approvals: z.infer<typeof approvals>;
  readonly image: string;
  readonly modelVersion: string;
  readonly issuedAt: Date;
}

/** @returns the evidence, or all that keeps it from being any, whatever an environment's thresholds are */
export function assembleEvidence(
  sources: Sources,
): { readonly evidence: Evidence } | { readonly problems: readonly string[] } {
  const { runs, results } = sources;
  const [first, second] = runs;
  const problems = [
    ...runs.flatMap(unfinished),
    ...(sameName(first.submissionId) === sameName(second.submissionId)
      ? [`${second.submissionId} is named as both runs; a run is no proof of itself`]
      : []),
    ...runs.flatMap(({ submissionId, rerunOf }) =>
      rerunOf === undefined ? [] : [`${submissionId} is a rerun of ${rerunOf}; a proof is a run from the start`],
    ),
    ...differs("recipes", runs, (run) => run.recipeDigest),
    ...differs("pipelines", runs, (run) => run.pipelineId),
    ...(results[0].artifact.sha256 === results[1].artifact.sha256
      ? []
      : [
          `the runs gave different artifacts: ${first.submissionId} ${results[0].artifact.sha256}, ${second.submissionId} ${results[1].artifact.sha256}. Fix the seeds, and pin images and data versions`,
        ]),
    ...measured(results[0], first),
  ];
  if (problems.length > 0) return { problems };
  const parsed = evidence.safeParse(contentOf(sources));
  return parsed.success
    ? { evidence: parsed.data }
    : { problems: parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")} ${message}`) };
}

const unfinished = ({ submissionId, phase, outputs }: RunRecord): string[] =>
  phase === "Succeeded"
    ? []
    : [
        `${submissionId} has not succeeded${phase === undefined ? " yet" : `: it is ${phase}`}${outputs === undefined ? "" : ` (its outputs: ${outputs})`}`,
      ];

const differs = (what: string, runs: Sources["runs"], of: (run: RunRecord) => string): string[] =>
  of(runs[0]) === of(runs[1])
    ? []
    : [`the runs are of different ${what}: ${runs.map((run) => `${run.submissionId} ${of(run)}`).join(", ")}`];

const measured = ({ metrics, drawdown, data }: RunResult, { submissionId, outputs }: RunRecord): string[] =>
  Object.entries({ metrics, drawdown, data })
    .filter(([, value]) => value === undefined)
    .map(
      ([name]) =>
        `the result of ${submissionId} says nothing of ${name}; it is what its nodes wrote${outputs === undefined ? "" : ` below ${outputs}`}`,
    );

function contentOf({ runs, results, submittedBy, card, image, modelVersion, issuedAt, ...lists }: Sources) {
  const [{ artifact, metrics = {}, drawdown, data }] = results;
  const { uri, sha256 } = artifact;
  return {
    version: EVIDENCE_VERSION,
    issuedAt: issuedAt.toISOString(),
    subject: { model: runs[0].pipelineId, modelVersion, artifact: { uri, sha256 }, image },
    card,
    metrics: Object.entries(metrics).map(([name, value]) => ({ name, value, data })),
    drawdown: { max: drawdown, data },
    runs: runs.map(({ submissionId, recipeDigest, finishedAt }, index) => ({
      submissionId,
      recipeDigest,
      artifactSha256: results[index]?.artifact.sha256,
      submittedBy: submittedBy[index],
      finishedAt,
    })),
    stays: lists.stays,
    approvals: lists.approvals,
  };
}
