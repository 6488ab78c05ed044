import { type ServiceRole, WATCH_LEASE } from "./constants.ts";

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly resourceNames?: string[];
  readonly verbs: string[];
}

const READ = ["get", "list", "watch"];

/** What both roles look at to tell how a submission is doing: its Workflow, its pods, its place in the queue. */
const FOLLOW: readonly Rule[] = [
  { apiGroups: ["argoproj.io"], resources: ["workflows", "workflowtaskresults"], verbs: READ },
  { apiGroups: [""], resources: ["pods", "events"], verbs: READ },
  { apiGroups: ["kueue.x-k8s.io"], resources: ["workloads", "localqueues"], verbs: READ },
];

/** Rights in a team's namespace. Neither role can touch anything else of a team: no secret, no pod, no other kind. */
export const TEAM_RULES: Readonly<Record<ServiceRole, readonly Rule[]>> = {
  api: [...FOLLOW, { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }],
  // Creates what was accepted; a patch of the Workflow is how it is cancelled.
  dispatcher: [...FOLLOW, { apiGroups: ["argoproj.io"], resources: ["workflows"], verbs: ["create", "patch"] }],
};

/**
 * Rights in their own namespace: who the teams are stands in ConfigMaps beside the platform's profile; dispatchers take one Lease in
 * turns, which the stack makes, so that they need not be able to make any.
 */
export const NAMESPACE_RULES: Readonly<Record<ServiceRole, readonly Rule[]>> = {
  api: [{ apiGroups: [""], resources: ["configmaps"], verbs: READ }],
  dispatcher: [
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: [WATCH_LEASE],
      verbs: ["get", "update"],
    },
  ],
};

/** Rights in the whole cluster: ask who a caller is, and what that caller may do. */
export const CLUSTER_RULES: Readonly<Record<ServiceRole, readonly Rule[]>> = {
  api: [
    { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
    { apiGroups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"] },
  ],
  dispatcher: [],
};
