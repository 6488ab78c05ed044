import { describe, expect, test } from "vitest";
import type { Resource, ResourceRule } from "../../../policies/platform/rule.ts";
import * as rules from "../../../policies/platform/rules/index.ts";
import * as right from "./compliant.ts";

/** `resource` with one property changed. */
const but = (resource: Resource, props: Record<string, unknown>): Resource => ({
  ...resource,
  props: { ...resource.props, ...props },
});
const check = (rule: ResourceRule, resource: Resource) => rule.check(resource);

describe("every rule", () => {
  test("has a name of its own, says why, and passes what is right", () => {
    const all = Object.values(rules);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const rule of all) {
      expect(rule.description.length).toBeGreaterThan(30);
      const found = rule.scope === "stack" ? rule.check(right.stack) : right.stack.flatMap((one) => rule.check(one));
      expect(found).toEqual([]);
    }
  });
});

describe("no-default-providers", () => {
  test.each(["default", "default_4_34_2"])("a resource of provider %s is refused", (provider) => {
    expect(check(rules.noDefaultProviders, { ...right.namespace, provider })).toHaveLength(1);
  });

  test("so is the provider itself", () => {
    const made = { ...right.namespace, type: "pulumi:providers:aws", name: "default_7_48_0", provider: undefined };
    expect(check(rules.noDefaultProviders, made)).toHaveLength(1);
  });

  test("a provider whose name merely begins like that is fine", () => {
    expect(check(rules.noDefaultProviders, { ...right.namespace, provider: "defaults-eu" })).toEqual([]);
  });
});

describe("namespaces-enforce-pod-security", () => {
  const labelled = (labels: Record<string, string>) => but(right.namespace, { metadata: { name: "team-a", labels } });

  test("a namespace without the label is refused", () => {
    expect(check(rules.namespacesEnforcePodSecurity, labelled({}))).toEqual([
      expect.stringContaining("namespace team-a has no label pod-security.kubernetes.io/enforce"),
    ]);
  });

  test("a team's namespace must be restricted", () => {
    const labels = { "orch.dev/team": "a", "pod-security.kubernetes.io/enforce": "baseline" };
    expect(check(rules.namespacesEnforcePodSecurity, labelled(labels))).toEqual([
      expect.stringContaining("belongs to a team and enforces baseline"),
    ]);
  });

  test("the platform's own may be baseline", () => {
    const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
    expect(check(rules.namespacesEnforcePodSecurity, labelled(labels))).toEqual([]);
  });
});

describe("namespaces-deny-by-default", () => {
  const findings = (policy: Resource) => rules.namespacesDenyByDefault.check([right.namespace, policy]);

  test("a namespace without a policy is refused", () => {
    expect(rules.namespacesDenyByDefault.check([right.namespace])).toEqual([
      { urn: right.namespace.urn, message: expect.stringContaining("namespace team-a has no network policy") },
    ]);
  });

  test.each<[string, Record<string, unknown>]>([
    ["only one direction", { podSelector: {}, policyTypes: ["Ingress"] }],
    ["some pods only", { podSelector: { matchLabels: { app: "x" } }, policyTypes: ["Ingress", "Egress"] }],
    ["what lets something in", { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [{}] }],
  ])("a policy for %s does not count", (_, spec) => {
    expect(findings(but(right.denyAll, { spec }))).toHaveLength(1);
  });

  test("nor does one of another namespace", () => {
    expect(findings(but(right.denyAll, { metadata: { name: "default-deny", namespace: "team-b" } }))).toHaveLength(1);
  });
});

describe("no-plaintext-secrets", () => {
  const messages = (resource: Resource) => rules.noPlaintextSecrets.check([resource]).map(({ message }) => message);

  test("a literal value is refused, generated or not", () => {
    expect(messages({ ...right.secret, computedFrom: {} })).toEqual([
      expect.stringContaining("comes from no generator"),
    ]);
    const copied = { ...right.secret, computedFrom: { stringData: ["kubernetes:core/v1:ConfigMap"] } };
    expect(messages(copied)).toHaveLength(1);
  });

  test("a password in a ConfigMap is refused by its key", () => {
    const config = but(right.configMap, { data: { DB_PASSWORD: "hunter2", LEVEL: "info" } });
    expect(messages(config)).toEqual([expect.stringContaining("keeps DB_PASSWORD in a ConfigMap")]);
  });
});

describe("containers-are-confined", () => {
  const { containers, ...pod } = right.podSpec;
  const withSecurity = (change: Record<string, unknown>) =>
    but(right.deployment, {
      spec: {
        template: {
          spec: {
            ...pod,
            containers: containers.map((one) => ({ ...one, securityContext: { ...one.securityContext, ...change } })),
          },
        },
      },
    });

  test.each<[Record<string, unknown>, string]>([
    [{ runAsNonRoot: false }, "may run as root"],
    [{ privileged: true }, "is privileged"],
    [{ allowPrivilegeEscalation: undefined }, "may gain privileges"],
    [{ readOnlyRootFilesystem: false }, "can write to its image"],
    [{ capabilities: { drop: ["NET_RAW"] } }, "keeps capabilities"],
  ])("%j is refused: %s", (change, reason) => {
    expect(check(rules.containersAreConfined, withSecurity(change))).toEqual([
      expect.stringContaining(`orchestr/api: container api ${reason}`),
    ]);
  });

  test("an init container is held to the same", () => {
    const initContainers = [{ name: "init", image: "x" }];
    const changed = but(right.deployment, { spec: { template: { spec: { ...right.podSpec, initContainers } } } });
    expect(check(rules.containersAreConfined, changed)).toHaveLength(3);
  });
});

describe("no-wildcard-rights", () => {
  test.each(["apiGroups", "resources", "verbs"])("a wildcard in %s is refused", (field) => {
    const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"], [field]: ["*"] };
    expect(check(rules.noWildcardRights, but(right.role, { rules: [rule] }))).toEqual([
      expect.stringContaining(`allows every one of its ${field}`),
    ]);
  });
});

describe("control-plane-is-closed", () => {
  const vpc = (vpcConfig: Record<string, unknown>) => but(right.eksCluster, { vpcConfig });

  test.each<[string, Record<string, unknown>]>([
    ["open to all", { endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] }],
    ["open to all of IPv6", { endpointPublicAccess: true, publicAccessCidrs: ["::/0"] }],
    ["public without naming anyone, which AWS takes for everyone", {}],
  ])("an API that is %s is refused", (_, vpcConfig) => {
    expect(check(rules.controlPlaneIsClosed, vpc(vpcConfig))).toHaveLength(1);
  });

  test("an API that is private, or public to some, is fine", () => {
    expect(check(rules.controlPlaneIsClosed, vpc({ endpointPublicAccess: false }))).toEqual([]);
    const some = { endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.0/24"] };
    expect(check(rules.controlPlaneIsClosed, vpc(some))).toEqual([]);
  });

  test("secrets without a key of ours are refused", () => {
    expect(check(rules.controlPlaneIsClosed, but(right.eksCluster, { encryptionConfig: undefined }))).toHaveLength(1);
  });
});
