/** Submitting and following runs on a cluster: what the CLI does, for whoever shows it in another way. */
export { apiError } from "../../service/kubernetes/api-errors.ts";
export { type FollowOptions, follow } from "../../service/status/follow.ts";
export type { NodeSnapshot, NodeState, RunPhase, RunSnapshot } from "../../service/status/snapshot.ts";
export { type Cluster, type ClusterOptions, connect, stateFolder } from "./connect.ts";
export { SubmissionConflict, type Submitted, submitWorkflow } from "./submit.ts";
