/** Names that the submission service's callers, its neighbours and its own image rely on. No imports here. */

/** One image; the role decides what a process does. */
export const SERVICE_ROLES = ["api", "dispatcher"] as const;
export type ServiceRole = (typeof SERVICE_ROLES)[number];

/** Name of each role's Deployment, service account and rights. */
export const ROLE_NAMES = { api: "submission-api", dispatcher: "submission-dispatcher" } as const;

/** The ClusterRole of each role's rights in a team's namespace; a team's stack binds it there. */
export const TEAM_ROLE_NAMES = {
  api: "orch-submission-api-team",
  dispatcher: "orch-submission-dispatcher-team",
} as const;

/** TCP ports: REST with `/healthz`, `/readyz` and `/metrics`; gRPC. */
export const SERVICE_PORTS = { http: 8080, grpc: 9090 } as const;

/** Group and resource that callers are checked for in a team's namespace: nobody needs the right to create Workflows themselves. */
export const SUBMISSION_GROUP = "orch.dev";
export const SUBMISSION_RESOURCE = "submissions";

/** Lease by which dispatchers agree on the one that watches runs, in their namespace. */
export const WATCH_LEASE = "submission-watch";
