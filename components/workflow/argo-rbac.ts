import type * as k8s from "@pulumi/kubernetes";

type Rule = k8s.types.input.rbac.v1.PolicyRule;

const READ = ["get", "list", "watch"];

/**
 * What the workflow controller does in every namespace. Left out against upstream's role: cron workflows, volume claims,
 * disruption budgets, artifact garbage collection and its agent's secrets, none of which a compiled Workflow uses; it
 * can read those kinds that it insists on watching.
 */
export const CONTROLLER_RULES: readonly Rule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "create", "update", "patch", "delete"] },
  // Stops the main container at a deadline or a cancel.
  { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] },
  { apiGroups: [""], resources: ["configmaps", "namespaces"], verbs: READ },
  { apiGroups: [""], resources: ["serviceaccounts"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  {
    apiGroups: ["argoproj.io"],
    resources: ["workflows", "workflows/finalizers", "workflowtasksets", "workflowtasksets/finalizers"],
    verbs: [...READ, "create", "update", "patch", "delete"],
  },
  { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["list", "watch", "deletecollection"] },
  {
    apiGroups: ["argoproj.io"],
    resources: [
      "workflowtemplates",
      "clusterworkflowtemplates",
      "cronworkflows",
      "workfloweventbindings",
      "workflowartifactgctasks",
    ],
    verbs: READ,
  },
];

/**
 * What the controller does in its own namespace only.
 *
 * @param secrets names of the few it reads: how it gets into the archive
 */
export function controllerNamespaceRules(secrets: readonly string[]): Rule[] {
  return [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create", "get", "update"] },
    ...(secrets.length === 0
      ? []
      : [{ apiGroups: [""], resources: ["secrets"], resourceNames: [...secrets], verbs: ["get"] }]),
  ];
}

/** A kind that `resource` templates create. */
export interface CreatedKind {
  /** As `group/version`, e.g. `ray.io/v1`. */
  readonly apiVersion: string;
  /** Plural, e.g. `rayjobs`. */
  readonly resource: string;
}

/** What argoexec does in its team's namespace: report results, and create, follow and delete the allowed custom resources. */
export function executorRules(kinds: readonly CreatedKind[]): Rule[] {
  const byGroup = Map.groupBy(kinds, ({ apiVersion }) => apiGroup(apiVersion));
  return [
    { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] },
    ...[...byGroup].sort(byKey).map(([group, members]) => ({
      apiGroups: [group],
      resources: [...new Set(members.map(({ resource }) => resource))].sort(),
      verbs: ["create", "get", "patch", "delete"],
    })),
  ];
}

/**
 * What a Spark driver, a Flink job manager or Ray's autoscaler does in its team's namespace: make its executors, with their files and addresses, and
 * take them away. The namespace's Pod Security, quota and network policies hold for these pods as for any other.
 */
export const DRIVER_RULES: readonly Rule[] = [
  {
    apiGroups: [""],
    resources: ["configmaps", "persistentvolumeclaims", "pods", "services"],
    verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
  },
  // Flink makes its task managers children of its own Deployment.
  { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch"] },
  // Ray's autoscaler asks for workers by changing its cluster's object.
  { apiGroups: ["ray.io"], resources: ["rayclusters"], verbs: ["get", "list", "patch", "watch"] },
];

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => a.localeCompare(b);

/** `ray.io` of `ray.io/v1`; the core group is the empty string. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}
