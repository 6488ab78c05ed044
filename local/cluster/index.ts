/** The embedded environment: a control plane, simulated nodes and the real controllers, as processes of this host. */
export {
  DEFAULT_WORKFLOW_CONTROLLER,
  type Environment,
  type EnvironmentEvent,
  type EnvironmentOptions,
  type EnvironmentStatus,
  type Lifetime,
  type ProcessFailure,
  type ProcessReport,
  type ToolPaths,
  type WorkflowControllerSettings,
} from "./model.ts";
export { SIMULATED_LABEL, type SimulatedNode } from "./nodes/node-manifest.ts";
export { PLAIN_SCHEDULER } from "./processes/control-plane.ts";
export { resetEnvironment, startEnvironment, waitForProcesses } from "./start.ts";
export { environmentStatus } from "./status.ts";
export { stopEnvironment } from "./stop.ts";
