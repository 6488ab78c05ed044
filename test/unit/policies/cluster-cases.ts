import { UNKNOWN } from "../../../policies/verdict/known.ts";
import { type Cases, unknown, wrong } from "./platform-case.ts";
import * as right from "./platform-fixture.ts";
import { change, resource } from "./platform-fixture.ts";

const POD = "spec.template.spec";
const CONTAINER = `${POD}.containers.0`;
const RDS = right.database;

/** What is said of the cluster around its pods: namespaces, rights, secrets, tags. */
export const CLUSTER_CASES: Readonly<Record<string, Cases>> = {
  "batch-pools-are-mostly-spot": {
    wrong: [
      wrong("fewer spot nodes than half", change(right.spot, "scalingConfig.maxSize", 9), "19 nodes of class cpu"),
    ],
    unknown: unknown(right.spot, "scalingConfig.maxSize", "capacityType", "labels"),
  },
  "load-balancers-are-internal": {
    wrong: [
      wrong(
        "a Service",
        change(right.service, "metadata.annotations", {}),
        "Service serving/gate gets a load balancer with public addresses",
      ),
      wrong(
        "an Ingress",
        resource("kubernetes:networking.k8s.io/v1:Ingress", "web", {
          metadata: { name: "web", annotations: { "alb.ingress.kubernetes.io/scheme": "internet-facing" } },
        }),
        "Ingress web",
      ),
      wrong(
        "one of AWS",
        resource("aws:lb/loadBalancer:LoadBalancer", "front", {}),
        "LoadBalancer front has public addresses",
      ),
      wrong(
        "a chart's",
        change(right.chart, "values.service", { type: "LoadBalancer" }),
        "(only its values are seen here;",
      ),
    ],
    unknown: [
      ...unknown(right.service, "spec.type", "metadata.annotations"),
      ...unknown(right.chart, "values"),
      ...unknown(resource("aws:lb/loadBalancer:LoadBalancer", "front", {}), "internal"),
    ],
  },
  "namespaces-deny-by-default": {
    wrong: [
      wrong(
        "one direction only",
        change(right.denyAll, "spec.policyTypes", ["Ingress"]),
        "Namespace team-a has no network policy",
      ),
      wrong(
        "some pods only",
        change(right.denyAll, "spec.podSelector", { matchLabels: { app: "x" } }),
        "has no network policy",
      ),
      wrong("what lets something in", change(right.denyAll, "spec.ingress", [{}]), "has no network policy"),
      wrong("one of another namespace", change(right.denyAll, "metadata.namespace", "team-b"), "has no network policy"),
      wrong("one that is not known", change(right.denyAll, "spec", UNKNOWN), "has no network policy"),
    ],
    unknown: [...unknown(right.namespace, "metadata.name"), ...unknown(right.denyAll, "spec.podSelector")],
  },
  "namespaces-enforce-pod-security": {
    wrong: [
      wrong(
        "no label",
        change(right.namespace, "metadata.labels", {}),
        "has no label pod-security.kubernetes.io/enforce",
      ),
      wrong(
        "a team's that is merely baseline",
        change(right.namespace, "metadata.labels", {
          "orch.dev/team": "a",
          "pod-security.kubernetes.io/enforce": "baseline",
        }),
        "belongs to a team and enforces baseline",
      ),
    ],
    unknown: unknown(right.namespace, "metadata", "metadata.labels"),
  },
  "no-default-providers": {
    wrong: ["default", "default_4_34_2"].flatMap((name) => [
      wrong(
        `a resource of ${name}`,
        { ...right.namespace, provider: { name, props: {} } },
        "uses the default provider",
      ),
      wrong(
        `the provider ${name} itself`,
        { ...resource("pulumi:providers:aws", name, {}), provider: undefined },
        "uses the default provider",
      ),
    ]),
    unknown: "the engine always knows which provider manages a resource",
  },
  "no-plaintext-secrets": {
    wrong: [
      wrong(
        "a literal",
        { ...right.secret, computedFrom: {} },
        "has stringData that comes from no generator and no vault",
      ),
      wrong(
        "a copy of something that is no secret",
        { ...right.secret, computedFrom: { stringData: [{ type: "kubernetes:core/v1:ConfigMap" }] } },
        "comes from no generator",
      ),
      wrong(
        "a password in a ConfigMap",
        change(right.configMap, "data.DB_PASSWORD", "hunter2"),
        "keeps DB_PASSWORD in a ConfigMap",
      ),
      wrong(
        "a variable",
        change(right.deployment, `${CONTAINER}.env`, [{ name: "API_TOKEN", value: "abc" }]),
        "has container api, which gets API_TOKEN in the clear",
      ),
      wrong(
        "a chart's value",
        change(right.chart, "values.admin.password", "hunter2"),
        "has the value admin.password in the clear",
      ),
      wrong("a database's password", change(RDS, "password", "hunter2"), "has its password from no generator"),
    ],
    unknown: [
      {
        title: "data that came from nowhere that is known",
        changed: { ...change(right.secret, "stringData", UNKNOWN), computedFrom: {} },
        says: "comes from no generator and no vault",
      },
      ...unknown(right.deployment, `${CONTAINER}.env`),
    ],
  },
  "no-wildcard-rights": {
    wrong: ["apiGroups", "resources", "verbs"].map((field) =>
      wrong(
        `every one of the ${field}`,
        change(right.role, `rules.0.${field}`, ["*"]),
        `Role team-a/reader allows every one of its ${field}`,
      ),
    ),
    unknown: unknown(right.role, "rules", "rules.0", "rules.0.verbs"),
  },
  "resources-carry-cost-tags": {
    wrong: [
      wrong(
        "no tags and none of the provider",
        { ...right.bucket, provider: { name: "aws", props: {} } },
        "Bucket artifacts has no tag orch.dev/cluster",
      ),
    ],
    unknown: [
      {
        title: "tags",
        changed: { ...change(right.bucket, "tags", UNKNOWN), provider: { name: "aws", props: {} } },
        says: "is not known before the update",
      },
      {
        title: "the provider's tags",
        changed: { ...right.bucket, provider: { name: "aws", props: { defaultTags: UNKNOWN } } },
        says: "is not known before the update",
      },
    ],
  },
  "rights-are-known": {
    wrong: [
      wrong(
        "every action of a service",
        change(right.podRole, "permissions", [{ actions: ["s3:*"], resources: [UNKNOWN] }]),
        "RolePolicy keys allows every action of s3",
      ),
      wrong(
        "a wildcard on every resource",
        change(right.podRole, "permissions", [{ actions: ["s3:Get*"], resources: ["*"] }]),
        "allows s3:Get* on every resource",
      ),
    ],
    unknown: [
      {
        title: "what its component has registered",
        changed: change(right.podRole, "permissions", undefined),
        says: "its text is not known before the update",
      },
      {
        title: "a component at all",
        changed: { ...right.unknownPolicy, parent: undefined },
        says: "its text is not known before the update",
      },
      {
        title: "the resource that a wildcard is allowed on",
        changed: change(right.podRole, "permissions", [{ actions: ["s3:Get*"], resources: [UNKNOWN] }]),
        says: "the resource that s3:Get* is allowed on is not known",
      },
    ],
  },
};
