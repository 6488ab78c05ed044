import { z } from "zod";
import { STAGES } from "./stages.ts";
import { artifactUri, imageByDigest, modelName, modelVersion, percent, releaseName, sha256 } from "./values.ts";

/** Annotation of a serving resource: the `ReleaseManifest` as JSON. */
export const RELEASE_ANNOTATION = "orch.dev/release";
/** Annotation of a serving resource: the signed evidence, a compact JWS. */
export const EVIDENCE_ANNOTATION = "orch.dev/evidence";
/** Label of all that belongs to a release: its name. */
export const RELEASE_LABEL = "orch.dev/release-name";
export const MODEL_LABEL = "orch.dev/model";
export const STAGE_LABEL = "orch.dev/stage";

/** Variables by which the serving code finds the artifact and can check it. */
export const ARTIFACT_URI_VARIABLE = "ORCH_MODEL_URI";
export const ARTIFACT_SHA256_VARIABLE = "ORCH_MODEL_SHA256";

/** What a release says of itself: what is served, how far it has come, after which release. */
export const releaseManifest = z.strictObject({
  version: z.literal(1, "must be 1"),
  /** Name of the release and of its serving resource. */
  release: releaseName,
  model: modelName,
  modelVersion,
  artifact: z.strictObject({ uri: artifactUri, sha256 }),
  /** What answers requests with it. */
  image: imageByDigest,
  stage: z.enum(STAGES, `must be one of ${STAGES.join(", ")}`),
  /** Share of the model's requests that it gets. */
  trafficPercent: percent,
  /** The release it comes after; none in the first stage. */
  predecessor: z.strictObject({ release: releaseName, stage: z.enum(STAGES) }).optional(),
});

export type ReleaseManifest = z.infer<typeof releaseManifest>;
