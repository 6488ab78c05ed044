import { type Planned, UNKNOWN } from "./platform-preview.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** What a reviewer wants to see of a kind, besides that it is there. */
const FACTS: Readonly<Record<string, (inputs: Inputs) => unknown>> = {
  "aws:ec2/subnet:Subnet": ({ cidrBlock }) => cidrBlock,
  "aws:ec2/vpc:Vpc": ({ cidrBlock }) => cidrBlock,
  "aws:eks/cluster:Cluster": ({ version, vpcConfig, accessConfig }) => ({
    version,
    vpcConfig: endpoint(vpcConfig),
    accessConfig,
  }),
  "aws:eks/nodeGroup:NodeGroup": ({ instanceTypes, capacityType, scalingConfig, taints }) => ({
    instanceTypes,
    capacityType,
    scalingConfig,
    taints: list(taints).map((taint) => at(taint, "key")),
  }),
  "aws:eks/addon:Addon": ({ configurationValues }) => configurationValues,
  "kubernetes:core/v1:Namespace": ({ metadata }) => at(metadata, "labels"),
  "kubernetes:core/v1:ConfigMap": ({ data }) => Object.keys(record(data)),
  "kubernetes:helm.sh/v3:Release": ({ chart, version, namespace }) => ({ chart, version, namespace }),
  "kubernetes:rbac.authorization.k8s.io/v1:Role": ({ rules }) => rights(rules),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": ({ rules }) => rights(rules),
  "kubernetes:scheduling.k8s.io/v1:PriorityClass": ({ value, preemptionPolicy }) => ({ value, preemptionPolicy }),
  "kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor": ({ spec }) => at(spec, "nodeLabels"),
  "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue": ({ metadata, spec }) => ({
    ...record(at(metadata, "annotations")),
    quotas: quotas(spec),
  }),
  "kubernetes:core/v1:ResourceQuota": ({ spec }) => at(spec, "hard"),
  "kubernetes:core/v1:LimitRange": ({ spec }) => at(spec, "limits"),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": ({ spec }) => reach(spec),
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": ({ namespace, serviceAccount }) =>
    `${namespace}/${serviceAccount}`,
  "aws:iam/rolePolicy:RolePolicy": ({ policy }) => actions(policy),
  "aws:rds/instance:Instance": ({ instanceClass, multiAz, storageEncrypted, backupRetentionPeriod }) => ({
    instanceClass,
    multiAz,
    storageEncrypted,
    backupRetentionPeriod,
  }),
  "aws:s3/bucket:Bucket": ({ bucket }) => bucket,
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": ({ rule }) => rule,
  "kubernetes:apps/v1:Deployment": ({ spec }) => ({ replicas: at(spec, "replicas"), images: images(spec) }),
  "kubernetes:cluster.redpanda.com/v1alpha2:Topic": ({ spec }) => ({
    partitions: at(spec, "partitions"),
    replicationFactor: at(spec, "replicationFactor"),
  }),
  "kubernetes:keda.sh/v1alpha1:ScaledObject": ({ spec }) => ({
    minReplicaCount: at(spec, "minReplicaCount"),
    maxReplicaCount: at(spec, "maxReplicaCount"),
  }),
  "vault:kubernetes/authBackendRole:AuthBackendRole": ({ boundServiceAccountNamespaces, tokenPolicies }) => ({
    boundServiceAccountNamespaces,
    tokenPolicies,
  }),
};

/** Above this many resources, kinds of which a reviewer needs no more than the names stand in one line each. */
const LARGE = 300;
const BY_NAMESPACE = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

/** One line per resource, in an order that no timing changes; in a large stack what has no facts of its own is gathered. */
export function goldenLines(resources: readonly Planned[]): string {
  const large = resources.length > LARGE;
  const byType = Map.groupBy(resources, ({ type }) => type);
  const lines = [...byType].flatMap(([type, members]) => {
    if (type === "aws:autoscaling/tag:Tag") return [`${type}  (${members.length} for the autoscaler)`];
    if (!large) return members.map(line);
    if (type === BY_NAMESPACE) return byNamespace(type, members);
    return type in FACTS ? members.map(line) : [`${type}  ${members.map(flagged).sort().join(", ")}`];
  });
  return `${lines.sort().join("\n")}\n`;
}

const flagged = ({ name, protect }: Planned) => `${name}${protect ? " [protected]" : ""}`;

function line(resource: Planned): string {
  const facts = FACTS[resource.type]?.(resource.inputs);
  const shown = facts === undefined ? "" : `  ${JSON.stringify(facts).replaceAll(UNKNOWN, "?")}`;
  return `${resource.type}  ${flagged(resource)}${shown}`;
}

function byNamespace(type: string, members: readonly Planned[]): string[] {
  const gathered = Map.groupBy(members, ({ inputs }) => String(at(inputs.metadata, "namespace")));
  return [...gathered].map(([namespace, ones]) => {
    const names = ones.map(({ inputs }) => {
      const cidrs = list(at(reach(inputs.spec), "cidrs"));
      return `${at(inputs.metadata, "name")}${cidrs.length > 0 ? `(${cidrs.join(" ")})` : ""}`;
    });
    return `${type}  ${namespace}: ${names.sort().join(", ")}`;
  });
}

const record = (value: unknown): Inputs => (typeof value === "object" && value !== null ? { ...value } : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const at = (value: unknown, ...path: string[]): unknown => path.reduce((inner, key) => record(inner)[key], value);

/** Ids are not known before they exist. */
function endpoint(vpcConfig: unknown) {
  const { endpointPrivateAccess, endpointPublicAccess, publicAccessCidrs } = record(vpcConfig);
  return { endpointPrivateAccess, endpointPublicAccess, publicAccessCidrs };
}

/** With the objects' names where a right is for those alone. */
const rights = (rules: unknown) =>
  list(rules).map((rule) => {
    const [verbs, resources, names] = ["verbs", "resources", "resourceNames"].map((key) =>
      list(at(rule, key)).join(","),
    );
    return `${verbs} ${resources}${names === "" ? "" : ` (${names})`}`;
  });

/** What a policy allows, as far as it is known before its resources exist. */
function actions(policy: unknown) {
  if (typeof policy !== "string" || !policy.startsWith("{")) return "?";
  return list(at(JSON.parse(policy), "Statement")).flatMap((statement) => at(statement, "Action"));
}

const images = (spec: unknown) => list(at(spec, "template", "spec", "containers")).map((one) => at(one, "image"));

function quotas(spec: unknown) {
  const groups = list(at(spec, "resourceGroups")).flatMap((group) => list(at(group, "flavors")));
  return groups.map((flavor) => {
    const amounts = list(at(flavor, "resources")).map(
      (one) => `${at(one, "nominalQuota")}+${at(one, "borrowingLimit")}-${at(one, "lendingLimit")}`,
    );
    return `${at(flavor, "name")}: ${amounts.join(" ")}`;
  });
}

function reach(spec: unknown) {
  const egress = list(at(spec, "egress")).flatMap((rule) =>
    list(at(rule, "to")).map((to) => at(to, "ipBlock", "cidr")),
  );
  const cidrs = egress.filter((cidr) => cidr !== undefined);
  return { directions: at(spec, "policyTypes"), ...(cidrs.length > 0 ? { cidrs } : {}) };
}
