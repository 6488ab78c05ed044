import { describe, expect, test } from "vitest";
import {
  PLATFORM_READER_PLAN,
  planConftestFiles,
  planConstraints,
  planConstraintTemplate,
  planExternalSecret,
  planExternalSecretsValues,
  planGatekeeperValues,
  planNetworkPolicies,
  planPlatformStore,
  planVaultConfig,
  planVaultValues,
  RULES,
  type Rule,
  rulesInForce,
  SEAL_ACTIONS,
} from "../../../components/security/index.ts";
import { planTeamReader, planTeamStore } from "../../../components/team/index.ts";

const policy = { enforcement: "deny", exemptNamespaces: ["legacy"], allowedRegistries: ["ghcr.io/us/"] } as const;
const rule = (name: string): Rule => {
  const found = RULES.find((candidate) => candidate.rule === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
};

describe("rules about pods", () => {
  test("bind teams everywhere but in named namespaces, and warn where the platform's own systems run", () => {
    const { teams, platform } = planConstraints(rule("no_privileges"), policy);
    expect(teams).toEqual({
      enforcementAction: "deny",
      match: {
        kinds: [{ apiGroups: [""], kinds: ["Pod"] }],
        excludedNamespaces: ["kube-system", "kube-node-lease", "kube-public", "gatekeeper-system", "legacy"],
        namespaceSelector: { matchExpressions: [{ key: "orch.dev/team", operator: "Exists" }] },
      },
    });
    expect(platform?.enforcementAction).toBe("warn");
    expect(planConstraints(rule("read_only_root"), policy)).not.toHaveProperty("platform");
  });

  test("are enforced, or only reported, as the configuration says", () => {
    const actions = (enforcement: "deny" | "warn" | "dryrun") =>
      new Set(RULES.map((each) => planConstraints(each, { ...policy, enforcement }).teams.enforcementAction));
    expect([...actions("deny")]).toEqual(["deny"]);
    expect([...actions("dryrun")]).toEqual(["dryrun"]);
  });

  test("know the registries; without a list there is no such rule, instead of one that refuses everything", () => {
    expect(planConstraints(rule("allowed_registries"), policy).teams).toMatchObject({
      parameters: { prefixes: ["ghcr.io/us/"] },
    });
    expect(rulesInForce({ allowedRegistries: [] }).map((each) => each.rule)).not.toContain("allowed_registries");
  });

  test("are the same text for Gatekeeper and for Conftest", () => {
    const files = planConftestFiles({ rules: RULES, parameters: { prefixes: [] } });
    for (const each of RULES) {
      const [target] = planConstraintTemplate(each).targets;
      expect(target?.code[0]?.source.rego).toBe(files[`${each.rule}.rego` as keyof typeof files]);
      expect(target?.code[0]?.source.rego).toContain(`package orch.${each.rule}\n`);
    }
  });

  test("stop pods without Gatekeeper's answer only where several of it run", () => {
    const failure = (availability: "single" | "high", enforcement: "deny" | "warn") =>
      planGatekeeperValues({ availability, enforcement }).validatingWebhookFailurePolicy;
    expect(failure("high", "deny")).toBe("Fail");
    expect(failure("single", "deny")).toBe("Ignore");
    expect(failure("high", "warn")).toBe("Ignore");
  });
});

describe("Vault", () => {
  const seal = { region: "us-east-1", key: "alias/orch-prod-vault" };

  test("is three servers that find each other by name and check each other's certificate, or one", () => {
    const { raft } = planVaultConfig("high", seal).storage;
    expect(raft.retry_join.map((join) => join.leader_api_addr)).toEqual(
      [0, 1, 2].map((index) => `https://vault-${index}.vault-internal:8200`),
    );
    expect(new Set(raft.retry_join.map((join) => join.leader_tls_servername))).toEqual(new Set(["vault.vault.svc"]));
    expect(planVaultValues({ availability: "single", monitoring: false }, seal).server.ha.replicas).toBe(1);
  });

  test("may do with its KMS key what unsealing takes, and nothing else", () => {
    expect([...SEAL_ACTIONS]).toEqual(["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]);
  });

  test("lets a team read the secrets of its own scopes one by one, from its own namespace", () => {
    expect(PLATFORM_READER_PLAN.policy).toContain('path "platform/data/*"');
    const research = planTeamReader({ team: "research", namespace: "team-research", scopes: ["lake", "venue"] });
    expect(research).toMatchObject({ namespace: "team-research", account: "secrets-reader" });
    const read = (path: string) => `path "${path}" {\n  capabilities = ["read"]\n}\n`;
    expect(research.policy).toBe(read("teams/data/research/lake") + read("teams/data/research/venue"));
  });
});

describe("External Secrets", () => {
  test("asks for tokens that are good for Vault only, and only of accounts that a store names", () => {
    const { vault } = planPlatformStore().provider;
    expect(vault.auth.kubernetes.serviceAccountRef.audiences).toEqual(["vault"]);
    const values = planExternalSecretsValues({ availability: "high", monitoring: true });
    expect(values.rbac.serviceAccountTokenCreate).toBe(false);
  });

  test("serves the platform's secrets to its own namespaces and never to a team's", () => {
    expect(planPlatformStore().conditions).toEqual([
      {
        namespaceSelector: {
          matchLabels: { "app.kubernetes.io/managed-by": "pulumi", "app.kubernetes.io/part-of": "orchestration-layer" },
          matchExpressions: [{ key: "orch.dev/team", operator: "DoesNotExist" }],
        },
      },
    ]);
    expect(planTeamStore("research", "team-research").conditions).toEqual([{ namespaces: ["team-research"] }]);
  });

  test("brings keys as they are, or in the form a system wants", () => {
    const plain = planExternalSecret({ namespace: "harbor", secretName: "s", path: "harbor/s" }, "platform");
    expect(plain.target).not.toHaveProperty("template");
    const shaped = planExternalSecret(
      {
        namespace: "harbor",
        secretName: "s",
        path: "harbor/s",
        template: { url: "{{ .password }}" },
        authorityKey: "ca",
      },
      "platform",
    );
    expect(shaped.target.template).toEqual({ engineVersion: "v2", data: { url: "{{ .password }}" } });
    expect(shaped.data?.[0]).toMatchObject({ secretKey: "ca", remoteRef: { property: "ca.crt" } });
  });
});

test("traffic between two namespaces can be held to ports", () => {
  const policies = planNetworkPolicies({
    toNamespaces: [{ namespace: "vault", ports: [8200] }],
    fromNamespaces: [{ namespace: "monitoring", ports: [8080] }, "orchestr"],
  });
  expect(policies["allow-to-vault"]?.egress).toMatchObject([{ ports: [{ protocol: "TCP", port: 8200 }] }]);
  expect(policies["allow-from-monitoring"]?.ingress).toMatchObject([{ ports: [{ protocol: "TCP", port: 8080 }] }]);
  expect(policies["allow-from-orchestr"]?.ingress).toEqual([
    { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "orchestr" } } }] },
  ]);
});

test("what is allowed twice under one name is allowed both times", () => {
  const policies = planNetworkPolicies({
    fromNamespaces: [
      { namespace: "orchestr", ports: [3100] },
      { namespace: "orchestr", ports: [3000] },
    ],
    egress: [
      { name: "aws", cidrs: ["10.0.0.0/16"] },
      { name: "aws", cidrs: ["192.0.2.0/24"] },
    ],
  });
  expect(policies["allow-from-orchestr"]?.ingress).toMatchObject([
    { ports: [{ protocol: "TCP", port: 3100 }] },
    { ports: [{ protocol: "TCP", port: 3000 }] },
  ]);
  expect(policies["allow-egress-aws"]?.egress).toMatchObject([
    { to: [{ ipBlock: { cidr: "10.0.0.0/16" } }] },
    { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }] },
  ]);
});
