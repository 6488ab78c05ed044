/** The door of `submission/compile`: a checked submission as one Argo Workflow. */
export {
  type Compiled,
  type CompileOptions,
  type CompileResult,
  compile,
  type NodePlacement,
} from "./compile.ts";
export { COMPILER_VERSION, contentDigest, isManifestOf, MANIFEST_DIGEST } from "./digests.ts";
export type { Forecast } from "./forecast.ts";
export { INFRASTRUCTURE_MESSAGES, type InfrastructureMessage } from "./infrastructure-messages.ts";
export { nodeIdOf, resourceName, taskName } from "./names.ts";
export type { Output } from "./outputs.ts";
export type { Workflow } from "./workflow.ts";
