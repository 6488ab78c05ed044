/** The door of `submission/spec`: what a submission is, and how texts become one. */
export {
  type CheckInput,
  type CheckResult,
  check,
  type DocumentValues,
  documentTooLarge,
  type SourceText,
} from "./check.ts";
export { CODES, type Code } from "./codes.ts";
export { DEFAULT_ENTRYPOINTS, DEFAULTS, EXECUTOR_REQUEST } from "./defaults.ts";
export { diagnostic } from "./diagnostics.ts";
export { inSource } from "./in-source.ts";
export { dagJsonSchema, refsJsonSchema, runtimeParamsJsonSchema } from "./json-schema.ts";
export { BOUNDS } from "./limits.ts";
export * from "./model.ts";
export {
  type CheckJson,
  type DiagnosticJson,
  diagnosticJson,
  PROBLEM_MEDIA_TYPE,
  type Problem,
  toJson,
  toProblem,
} from "./problem.ts";
export {
  type PlatformProfile,
  type Pool,
  type PoolAmount,
  type PoolShare,
  type PublishedTeam,
  platformProfile,
  publishedTeam,
  type Team,
} from "./profile.ts";
export { localProfile } from "./profiles/local.ts";
export { type RenderOptions, renderDiagnostics, type Sources } from "./render.ts";
export { dagSchema, refsSchema, runtimeParamsSchema } from "./schema.ts";
export { borrowable, withTeams } from "./teams.ts";
export { UserError } from "./user-error.ts";
export { formatDuration, parseDuration } from "./values/duration.ts";
export { type ImageReference, parseImage } from "./values/image.ts";
export { isReservedLabel, RESERVED_LABEL_PREFIXES, RESERVED_LABELS } from "./values/names.ts";
export { cpuMillis, formatBytes, formatMillis, memoryBytes, parseQuantity, type Quantity } from "./values/quantity.ts";
