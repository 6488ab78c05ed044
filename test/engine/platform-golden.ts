import type { Planned } from "./platform-preview.ts";

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
  "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue": ({ spec }) => quotas(spec),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": ({ spec }) => reach(spec),
};

/** One line per resource, in an order that no timing changes; tags of node groups are counted, not listed. */
export function goldenLines(resources: readonly Planned[]): string {
  const shown = resources.filter(({ type }) => type !== "aws:autoscaling/tag:Tag");
  const lines = shown.map((resource) => {
    const facts = FACTS[resource.type]?.(resource.inputs);
    const flags = resource.protect ? " [protected]" : "";
    return `${resource.type}  ${resource.name}${flags}${facts === undefined ? "" : `  ${JSON.stringify(facts)}`}`;
  });
  const tags = resources.length - shown.length;
  return `${[...lines.sort(), ...(tags > 0 ? [`aws:autoscaling/tag:Tag  (${tags} for the autoscaler)`] : [])].join("\n")}\n`;
}

const record = (value: unknown): Inputs => (typeof value === "object" && value !== null ? { ...value } : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const at = (value: unknown, ...path: string[]): unknown => path.reduce((inner, key) => record(inner)[key], value);

/** Ids are not known before they exist. */
function endpoint(vpcConfig: unknown) {
  const { endpointPrivateAccess, endpointPublicAccess, publicAccessCidrs } = record(vpcConfig);
  return { endpointPrivateAccess, endpointPublicAccess, publicAccessCidrs };
}

const rights = (rules: unknown) =>
  list(rules).map((rule) => `${list(at(rule, "verbs")).join(",")} ${list(at(rule, "resources")).join(",")}`);

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
