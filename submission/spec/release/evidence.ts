import { z } from "zod";
import { STAGES } from "./stages.ts";
import {
  account,
  artifactUri,
  finite,
  imageByDigest,
  instant,
  modelName,
  modelVersion,
  percent,
  releaseName,
  sha256,
  submissionId,
} from "./values.ts";

/**
 * Evidence: what speaks for a model, as one signed document. Each section has a schema of its own, so that a gate can judge the
 * section it is about, whatever is wrong with the others.
 */

/** Changes with the meaning of a field; a reader of another version refuses. */
export const EVIDENCE_VERSION = 1;

/** What every model card must speak about. */
export const CARD_SECTIONS = ["intended_use", "training_data", "evaluation", "limitations", "risks", "owner"] as const;

/** Data as it was when it was read: `version` is e.g. an Iceberg snapshot id. */
export const dataSet = z.strictObject({
  uri: z.string().min(1, "must name the data set"),
  version: z.string().min(1, "must be the version of the data, e.g. an Iceberg snapshot id"),
});

/** Sections by name, each a text. */
export const modelCard = z.record(z.string(), z.string("must be a text"));

export const metric = z.strictObject({ name: z.string().min(1), value: finite, data: dataSet });
export const metrics = z.array(metric);

export const drawdown = z.strictObject({
  /** The largest loss from a peak to the lowest point after it, as a share of the peak: 0.18 is 18 %. Never negative. */
  max: finite
    .min(0, "must not be negative: a loss of 18 % is 0.18")
    .max(1, "must not be above 1: a loss of 18 % is 0.18"),
  data: dataSet,
});

const run = z.strictObject({
  submissionId,
  /** The run this one repeats in part: what it did not do again, it proves nothing about. */
  rerunOf: z.string().min(1).optional(),
  /** Annotation of its Workflow: over spec, refs, images, profile and compiler, without ids and times. */
  recipeDigest: sha256,
  artifactSha256: sha256,
  submittedBy: account,
  finishedAt: instant,
});
export const runs = z.array(run);

const stay = z.strictObject({
  stage: z.enum(STAGES),
  release: releaseName,
  artifactSha256: sha256,
  from: instant,
  to: instant,
  /** Requests it answered. */
  requests: z.int("must be a whole number").nonnegative(),
  /** Share of the model's requests that it got, on average. */
  trafficPercent: percent,
});
/** How long a release of this artifact was in which stage. */
export const stays = z.array(stay);
export type Stay = z.infer<typeof stay>;

const approval = z.strictObject({
  by: account,
  stage: z.enum(STAGES),
  at: instant,
});
export const approvals = z.array(approval);

/** What it is evidence of. */
export const subject = z.strictObject({
  model: modelName,
  modelVersion,
  artifact: z.strictObject({ uri: artifactUri, sha256 }),
  image: imageByDigest,
});

export const evidence = z.strictObject({
  version: z.literal(EVIDENCE_VERSION, `must be ${EVIDENCE_VERSION}`),
  issuedAt: instant,
  subject,
  card: modelCard,
  metrics,
  drawdown,
  runs,
  stays,
  approvals,
});
export type Evidence = z.infer<typeof evidence>;
