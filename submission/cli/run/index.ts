/** Reaching a cluster and following runs on it, for whoever shows them in another way than the CLI. */
export { follow } from "../../service/status/follow.ts";
export type { RunSnapshot } from "../../service/status/snapshot.ts";
export { type Cluster, connect, stateFolder } from "./connect.ts";
