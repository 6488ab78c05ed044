import { describe, expect, inject, test } from "vitest";
import { ENVIRONMENTS, firstPreview, type Planned } from "./platform-preview.ts";
import { ResourceGraph } from "./resource-graph.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";

/** API group of a custom kind -> the release whose operator or webhook must be up before one is created, and gone after it. */
const OPERATORS: Readonly<Record<string, string>> = {
  "cert-manager.io": "cert-manager",
  "cluster.redpanda.com": "redpanda-operator",
  "clickhouse.altinity.com": "altinity-clickhouse-operator",
  "clickhouse-keeper.altinity.com": "altinity-clickhouse-operator",
  "external-secrets.io": "external-secrets",
  "keda.sh": "keda",
  "kueue.x-k8s.io": "kueue",
  "materialize.cloud": "materialize-operator",
  "monitoring.coreos.com": "kube-prometheus-stack",
  "postgresql.cnpg.io": "cloudnative-pg",
  "ray.io": "kuberay-operator",
  "templates.gatekeeper.sh": "gatekeeper",
  "constraints.gatekeeper.sh": "gatekeeper",
};

const groupOf = ({ type }: Planned) => /^kubernetes:([^/]+)\//.exec(type)?.[1] ?? "";

describe.each(ENVIRONMENTS)("the order in %s", async (stack) => {
  const { resources } = await firstPreview(stack, inject("previews"));
  const graph = new ResourceGraph(resources);
  const releases = graph.ofType(RELEASE);
  const releaseOf = (chart: string) =>
    releases.filter(({ inputs }) => String(inputs.chart).split("/").at(-1) === chart);
  const custom = resources.filter((resource) => groupOf(resource) in OPERATORS);

  test("operators are up before the objects they look after, and go after them", () => {
    expect(custom.length).toBeGreaterThan(20);
    const early = custom.filter((resource) => {
      const chart = OPERATORS[groupOf(resource)] ?? "";
      const operators = releaseOf(chart === "redpanda-operator" ? "operator" : chart);
      return operators.length === 0 || !operators.every((operator) => graph.comesAfter(resource, operator));
    });
    expect(early.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
  });

  test("every custom kind has an operator that is known here", () => {
    const known = [...Object.keys(OPERATORS), ...KUBERNETES_OWN];
    const groups = new Set(resources.filter(({ type }) => type.startsWith("kubernetes:")).map(groupOf));
    expect([...groups].filter((group) => !known.includes(group))).toEqual([]);
  });

  test("everything in the cluster waits for nodes, and everything in the nodes for the network", () => {
    const nodes = graph.ofType("aws:eks/nodeGroup:NodeGroup");
    const onNodes = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    const early = onNodes.filter((resource) => !nodes.every((node) => graph.comesAfter(resource, node)));
    expect(early.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    const routes = graph.ofType("aws:ec2/routeTableAssociation:RouteTableAssociation");
    const cutOff = nodes.filter((node) => !routes.every((route) => graph.comesAfter(node, route)));
    expect(cutOff.map(({ name }) => name)).toEqual([]);
  });

  test("a namespace stands with its policies before anything is put into it", () => {
    const namespaces = new Map(graph.ofType("kubernetes:core/v1:Namespace").map((one) => [nameIn(one), one]));
    const policies = graph.ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy");
    const deny = new Map(
      policies.filter((one) => nameIn(one) === "default-deny").map((one) => [namespaceOf(one), one]),
    );
    const placed = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    const homeless = placed.filter((resource) => {
      const namespace = namespaces.get(namespaceOf(resource));
      return namespace !== undefined && !graph.comesAfter(resource, namespace);
    });
    expect(homeless.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    const running = placed.filter(({ type }) => RUNNING.includes(type));
    const unguarded = running.filter((resource) => {
      const guard = deny.get(namespaceOf(resource));
      return guard !== undefined && !graph.comesAfter(resource, guard);
    });
    expect(unguarded.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
  });

  test("pods start with their rights in AWS: a role is given before what runs under it", () => {
    const associations = graph.ofType("aws:eks/podIdentityAssociation:PodIdentityAssociation");
    expect(associations.length).toBeGreaterThan(5);
    const late = associations.filter((association) => {
      const inNamespace = [...resources].filter((one) => namespaceOf(one) === association.inputs.namespace);
      const users = inNamespace.filter((one) => RUNNING.includes(one.type) || groupOf(one) in OPERATORS);
      return users.length > 0 && !users.some((one) => graph.comesAfter(one, association));
    });
    expect(late.map(({ name }) => name)).toEqual([]);
  });

  test("the profile is published when all that it names is there", () => {
    const profile = graph.find("kubernetes:core/v1:ConfigMap", "platform-profile");
    for (const chart of ["argo-workflows", "kueue"]) {
      const [release] = releaseOf(chart);
      expect(release !== undefined && graph.comesAfter(profile, release), chart).toBe(true);
    }
  });
});

/** What brings pods. */
const RUNNING = [RELEASE, "kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet", "kubernetes:batch/v1:Job"];

const KUBERNETES_OWN = [
  "apiextensions.k8s.io",
  "apps",
  "autoscaling",
  "batch",
  "coordination.k8s.io",
  "core",
  "helm.sh",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
];

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}
const nameIn = ({ inputs }: Planned) => String(field(inputs.metadata, "name"));
const namespaceOf = ({ inputs, type }: Planned) =>
  String(type === RELEASE ? inputs.namespace : field(inputs.metadata, "namespace"));
