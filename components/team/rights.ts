import type * as k8s from "@pulumi/kubernetes";
import { SUBMISSION_GROUP, SUBMISSION_RESOURCE } from "../api/constants.ts";
import { PROFILE_CONFIG_MAP, teamProfileConfigMap } from "../workflow/constants.ts";
import type { TeamRole } from "./constants.ts";

type Rule = k8s.types.input.rbac.v1.PolicyRule;

const LOOK = ["get", "list", "watch"];
const rule = (group: string, resources: string[], verbs: string[]): Rule => ({ apiGroups: [group], resources, verbs });
const submissions = (...verbs: string[]) => rule(SUBMISSION_GROUP, [SUBMISSION_RESOURCE], verbs);

/** What runs, what it says, and its place in the queue. */
const READ: readonly Rule[] = [
  submissions("get", "list", "watch"),
  rule("argoproj.io", ["workflows"], LOOK),
  rule("", ["pods", "events"], LOOK),
  rule("", ["pods/log"], ["get"]),
  rule("kueue.x-k8s.io", ["localqueues", "workloads"], LOOK),
];

/** What the team has been given, and to whom. */
const LEAD: readonly Rule[] = [
  rule("", ["limitranges", "resourcequotas", "serviceaccounts"], LOOK),
  rule("networking.k8s.io", ["networkpolicies"], LOOK),
  rule("rbac.authorization.k8s.io", ["rolebindings", "roles"], LOOK),
];

/**
 * Rights of a team's people in its namespace. Nobody changes anything in it by hand: what a team is stands in its stack.
 *
 * `submissions` is what the submission service asks about: it checks, records and only then creates. So nobody has rights to create
 * or change a Workflow, which would go past the record. Where there is no service (`submissionApi: false`, as in `local`) there is
 * no record to go past, and `orch` creates the Workflow itself, as whoever runs it.
 */
export function planRights(role: TeamRole, { submissionApi }: { readonly submissionApi: boolean }): Rule[] {
  if (role === "read") return [...READ];
  const submit = [
    ...READ,
    submissions("create", "delete"),
    ...(submissionApi ? [] : [rule("argoproj.io", ["workflows"], ["create", "patch"])]),
  ];
  return role === "submit" ? submit : [...submit, ...LEAD];
}

/** Kueue's ClusterQueues lie in no namespace: a team's people see its own, by their names, and no other team's. */
export const planQueueRights = (queues: readonly string[]): Rule[] => [
  { ...rule("kueue.x-k8s.io", ["clusterqueues"], ["get"]), resourceNames: [...queues] },
];

/** What the platform says to all and what the team's stack published, by name; it lies beside the other teams'. */
export const planProfileRights = (team: string): Rule[] => [
  { ...rule("", ["configmaps"], ["get"]), resourceNames: [PROFILE_CONFIG_MAP, teamProfileConfigMap(team)] },
];
