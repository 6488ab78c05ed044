/** The API server: connections that are kept, Workflows, and what its answers mean. */
export { failure } from "./answer.ts";
export { httpStatus, serverMessage } from "./api-errors.ts";
export { ArgoWorkflows, type ArgoWorkflowsOptions } from "./argo-workflows.ts";
export { Connection, type RequestSettings } from "./connection.ts";
export { KubernetesLease, type LeasePlace } from "./lease.ts";
export type { WorkflowObject } from "./objects.ts";
export { type Created, Refused, type Workflows, type WorkflowWatcher } from "./workflows.ts";
