/** Submitting and following runs on a cluster: what the CLI does, for whoever shows it in another way. */
export { apiError } from "./api-errors.ts";
export { type Cluster, type ClusterOptions, connect, stateFolder } from "./connect.ts";
export { type FollowOptions, follow } from "./follow.ts";
export type { NodeSnapshot, NodeState, RunPhase, RunSnapshot } from "./snapshot.ts";
export { SubmissionConflict, type Submitted, submitWorkflow } from "./submit.ts";
