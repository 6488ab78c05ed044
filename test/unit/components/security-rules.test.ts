import { describe, expect, test } from "vitest";
import {
  PLATFORM_READER_PLAN,
  parseReleaseGates,
  planConftestFiles,
  planConstraints,
  planConstraintTemplate,
  planExternalSecret,
  planExternalSecretsValues,
  planGateConstraints,
  planGatekeeperValues,
  planGateTemplate,
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

describe("gates of releases", () => {
  const gatesOf = (settings: object) => {
    const parsed = parseReleaseGates(settings);
    if ("problems" in parsed) throw new Error(parsed.problems.join("; "));
    return parsed.gates;
  };
  const gate = (name: string, settings: object = {}) => {
    const found = gatesOf(settings).find((one) => one.gate === name);
    if (found === undefined) throw new Error(`no gate ${name}`);
    return found;
  };

  test("hold a release to what the policy pack's own file says, with the pack's defaults for the rest", () => {
    const canary = gate("canary-was-long-enough", { "canary-was-long-enough": { minHours: 72 } });
    const { releases } = planGateConstraints(canary, "deny");
    expect(releases).toEqual({
      enforcementAction: "deny",
      match: {
        kinds: [{ apiGroups: ["ray.io"], kinds: ["RayService"] }],
        excludedNamespaces: ["kube-system", "kube-node-lease", "kube-public", "gatekeeper-system"],
      },
      parameters: { settings: { minHours: 72, minRequests: 10_000, minTrafficPercent: 1 } },
    });
  });

  test("refuse, warn or are left out as the pack's levels say, and no more than the environment enforces", () => {
    const action = (level: string, enforcement: "deny" | "warn" | "dryrun") =>
      planGateConstraints(gate("card-is-complete", { "card-is-complete": level }), enforcement).releases
        ?.enforcementAction;
    expect([action("mandatory", "deny"), action("advisory", "deny"), action("mandatory", "dryrun")]).toEqual([
      "deny",
      "warn",
      "dryrun",
    ]);
    expect(gatesOf({ "card-is-complete": "disabled" }).map((one) => one.gate)).not.toContain("card-is-complete");
    expect(new Set(gatesOf({ all: "advisory" }).map(({ level }) => level))).toEqual(new Set(["advisory"]));
  });

  test("look at whatever serves by its nature everywhere, and at whatever runs where models are served", () => {
    const { releases, serving } = planGateConstraints(gate("serving-has-release"), "deny");
    expect(releases?.match).not.toHaveProperty("namespaces");
    expect(serving?.match).toMatchObject({ namespaces: ["serving"] });
    expect(serving?.match.kinds.flatMap(({ kinds }) => kinds)).toEqual(expect.arrayContaining(["Pod", "RayCluster"]));
    expect(serving?.parameters).toMatchObject({
      controllers: ["kube-system", "compute-system", "serving"].map((name) => `system:serviceaccounts:${name}`),
    });
  });

  test("are named with everything that is wrong in their file, before anything reaches a cluster", () => {
    expect(
      parseReleaseGates({
        "card-is-complet": {},
        "drawdown-within-bounds": { max: 20 },
        "prod-is-approved": "sometimes",
        "traffic-fits-stage": { enforcementLevel: "mandatory", maxCanaryPercentage: 5 },
      }),
    ).toEqual({
      problems: [
        expect.stringMatching(/^card-is-complet: there is no such gate; there are serving-has-release, /),
        expect.stringMatching(/^drawdown-within-bounds\.max /),
        "prod-is-approved must be mandatory, advisory or disabled",
        expect.stringMatching(/^traffic-fits-stage .*maxCanaryPercentage/),
      ],
    });
  });

  test("are the same text for Gatekeeper and for Conftest, on libraries that Gatekeeper takes", () => {
    const gates = gatesOf({});
    const files = planConftestFiles({ rules: [], parameters: {}, gates });
    for (const one of gates) {
      const source = planGateTemplate(one).targets[0]?.code[0]?.source;
      expect(source?.rego).toBe(files[`${one.gate.replaceAll("-", "_")}.rego`]);
      expect(source?.rego).toContain(`package orch.release.${one.gate.replaceAll("-", "_")}\n`);
      for (const library of source?.libs ?? []) expect(library).toMatch(/^package lib\.\w+\n/);
    }
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
