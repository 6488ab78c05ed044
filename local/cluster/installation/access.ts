import type { V1ClusterRole, V1ClusterRoleBinding, V1PolicyRule, V1Role, V1RoleBinding } from "@kubernetes/client-node";
import { CLUSTER_RULES as SERVICE_RULES, TEAM_RULES } from "../../../components/api/rights.ts";
import { KUEUE_WEBHOOK, USERS, type User } from "../identity/credentials.ts";
import { KUEUE_SECRET, KUEUE_WEBHOOK_CONFIGURATIONS } from "./kueue-webhooks.ts";

const READ = ["get", "list", "watch"] as const;
const WRITE = [...READ, "create", "update", "patch", "delete"] as const;

function rule(
  groups: string | readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): V1PolicyRule {
  return {
    apiGroups: typeof groups === "string" ? [groups] : [...groups],
    resources: [...resources],
    verbs: [...verbs],
  };
}

/** What each controller's own user may do, and nothing beyond: they run as themselves, not as administrators. */
const CLUSTER_RULES: Partial<Record<User, readonly V1PolicyRule[]>> = {
  kueue: [
    rule("", ["namespaces", "nodes", "limitranges"], READ),
    rule("", ["pods"], [...READ, "update", "patch", "delete"]),
    rule("", ["pods/finalizers", "pods/status"], ["get", "update", "patch"]),
    rule("", ["podtemplates"], WRITE),
    rule(["", "events.k8s.io"], ["events"], ["create", "patch", "update", "watch"]),
    rule("apps", ["deployments", "replicasets", "statefulsets"], READ),
    rule("batch", ["jobs"], [...READ, "update", "patch", "delete"]),
    rule("batch", ["jobs/finalizers", "jobs/status"], ["get", "update", "patch"]),
    rule("ray.io", ["rayjobs", "rayclusters", "rayservices"], [...READ, "update", "patch", "delete"]),
    rule(
      "ray.io",
      ["rayjobs/finalizers", "rayjobs/status", "rayclusters/finalizers", "rayclusters/status"],
      ["get", "update", "patch"],
    ),
    rule("sparkoperator.k8s.io", ["sparkapplications"], [...READ, "update", "patch", "delete"]),
    rule("sparkoperator.k8s.io", ["sparkapplications/finalizers"], ["get", "update"]),
    rule("kueue.x-k8s.io", ["workloads"], WRITE),
    rule(
      "kueue.x-k8s.io",
      ["clusterqueues", "localqueues", "cohorts", "resourceflavors", "admissionchecks", "topologies"],
      [...READ, "update", "patch"],
    ),
    rule(
      "kueue.x-k8s.io",
      ["workloadpriorityclasses", "multikueueclusters", "multikueueconfigs", "provisioningrequestconfigs"],
      READ,
    ),
    rule(
      "kueue.x-k8s.io",
      [
        "workloads",
        "clusterqueues",
        "localqueues",
        "cohorts",
        "resourceflavors",
        "admissionchecks",
        "topologies",
      ].flatMap((name) => [`${name}/status`, `${name}/finalizers`]),
      ["get", "update", "patch"],
    ),
    rule("scheduling.k8s.io", ["priorityclasses"], READ),
    rule("node.k8s.io", ["runtimeclasses"], READ),
    rule("resource.k8s.io", ["deviceclasses", "resourceclaims", "resourceclaimtemplates", "resourceslices"], READ),
    rule("autoscaling.x-k8s.io", ["provisioningrequests"], READ),
    rule("flowcontrol.apiserver.k8s.io", ["flowschemas", "prioritylevelconfigurations"], ["list", "watch"]),
    rule("apiextensions.k8s.io", ["customresourcedefinitions"], [...READ, "update"]),
    rule(
      "admissionregistration.k8s.io",
      ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
      ["list", "watch"],
    ),
    {
      ...rule(
        "admissionregistration.k8s.io",
        ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        ["get", "update"],
      ),
      resourceNames: Object.values(KUEUE_WEBHOOK_CONFIGURATIONS),
    },
  ],
  kwok: [
    rule("", ["nodes"], READ),
    rule("", ["nodes/status", "pods/status"], ["patch", "update"]),
    rule("", ["pods"], [...READ, "patch", "update", "delete"]),
    rule("", ["events"], WRITE),
    rule("kwok.x-k8s.io", ["stages", "stages/status"], [...READ, "patch", "update"]),
    rule("ray.io", ["rayjobs", "rayjobs/status"], [...READ, "patch", "update"]),
    rule("sparkoperator.k8s.io", ["sparkapplications", "sparkapplications/status"], [...READ, "patch", "update"]),
    rule("flink.apache.org", ["flinkdeployments", "flinkdeployments/status"], [...READ, "patch", "update"]),
  ],
  // What a kubelet may do for the pods it runs: see them, report on them, and get a token of their service account.
  "resource-runner": [
    rule("", ["pods"], [...READ, "delete"]),
    rule("", ["pods/status"], ["patch"]),
    rule("", ["configmaps"], ["get"]),
    rule("", ["serviceaccounts/token"], ["create"]),
  ],
  // Both roles of the stack's own service in one process; and what says that a node or a custom resource is simulated.
  "submission-service": [
    ...TEAM_RULES.api,
    ...TEAM_RULES.dispatcher,
    ...SERVICE_RULES.api,
    rule("", ["configmaps", "nodes"], READ),
    rule(["ray.io", "sparkoperator.k8s.io", "flink.apache.org", "batch"], ["*"], ["get"]),
  ],
};

const KUEUE_NAMESPACE_RULES: readonly V1PolicyRule[] = [
  rule("", ["secrets"], ["list", "watch"]),
  { ...rule("", ["secrets"], ["get", "update"]), resourceNames: [KUEUE_SECRET] },
];

export function accessObjects(): (V1ClusterRole | V1ClusterRoleBinding | V1Role | V1RoleBinding)[] {
  const cluster = Object.entries(CLUSTER_RULES).flatMap(([user, rules]) => {
    const name = `orch-embedded:${user}`;
    return [
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules: [...rules] },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
        subjects: [subject(user as User)],
      },
    ];
  });
  const metadata = { name: "orch-embedded:kueue", namespace: KUEUE_WEBHOOK.namespace };
  return [
    ...cluster,
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: [...KUEUE_NAMESPACE_RULES] },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: [subject("kueue")],
    },
  ];
}

function subject(user: User): { apiGroup: string; kind: string; name: string } {
  return { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: USERS[user].commonName };
}
