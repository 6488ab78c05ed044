import { describe, expect, inject, test } from "vitest";
import { goldenLines } from "./platform-golden.ts";
import { ENVIRONMENTS } from "./platform-preview.ts";
import { ResourceGraph } from "./resource-graph.ts";
import { teamPreview, teamsOf } from "./team-preview.ts";

const folder = inject("previews");
// Those of `local` need its API server: test/cluster/teams.test.ts.
const teams = ENVIRONMENTS.flatMap((environment) => teamsOf(environment).map((stack) => ({ environment, stack })));

test("every environment has teams", () => {
  expect(teams.map(({ stack }) => stack)).toEqual([
    "features-dev",
    "research-dev",
    "features-prod",
    "inference-prod",
    "research-prod",
  ]);
});

describe.each(teams)("a first preview of $stack", async ({ environment, stack }) => {
  const { resources, changes, warnings } = await teamPreview(environment, stack, folder);
  const graph = new ResourceGraph(resources);
  const team = stack.replace(/-(dev|prod)$/, "");

  test("shows what the golden file shows, and leaves no policy undecided", async () => {
    // The days of the approval are those of the test.
    const lines = goldenLines(resources).replaceAll(/\d{4}-\d{2}-\d{2}/g, "<day>");
    await expect(lines).toMatchFileSnapshot(`../golden/teams/${stack}.txt`);
    expect(warnings.filter((warning) => warning.includes("can't run policy"))).toEqual([]);
    expect(Object.keys(changes)).toEqual(["create"]);
  });

  test("creates nothing by a provider of Pulumi's own making", () => {
    const strangers = resources.filter(
      ({ provider, type }) => type !== "pulumi:pulumi:StackReference" && /::default(_|::)/.test(provider),
    );
    expect(strangers.map(({ urn }) => urn)).toEqual([]);
  });

  test("takes the namespace away before the queues, which Kueue keeps as long as work holds their quota", () => {
    const namespace = graph.find("kubernetes:core/v1:Namespace", `team-${team}`);
    const queues = graph.ofType("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue");
    expect(queues.length).toBeGreaterThanOrEqual(2);
    for (const queue of queues) expect(graph.comesAfter(namespace, queue)).toBe(true);
    for (const queue of graph.ofType("kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue"))
      expect(graph.comesAfter(queue, namespace)).toBe(true);
  });

  test("tells of the team when everything it tells of is there", () => {
    const profile = graph.find("kubernetes:core/v1:ConfigMap", `team-profile-${team}`);
    for (const type of [QUEUE, QUOTA])
      for (const resource of graph.ofType(type)) expect(graph.comesAfter(profile, resource)).toBe(true);
  });

  test("brings secrets from Vault, read by one account for its own scopes", () => {
    const readers = graph.ofType("vault:kubernetes/authBackendRole:AuthBackendRole");
    const brought = graph.ofType("kubernetes:external-secrets.io/v1:ExternalSecret");
    expect(readers.map(({ inputs }) => inputs)).toMatchObject([
      {
        boundServiceAccountNames: ["secrets-reader"],
        boundServiceAccountNamespaces: [`team-${team}`],
        audience: "vault",
        tokenMaxTtl: 3600,
      },
    ]);
    const [policy] = graph.ofType("vault:index/policy:Policy");
    const scopes = brought.map(({ inputs }) => String(Object(inputs.metadata).name));
    expect(scopes.length).toBeGreaterThan(0);
    for (const scope of scopes) expect(policy?.inputs.policy).toContain(`path "teams/data/${team}/${scope}" {`);
    expect(policy?.inputs.policy).not.toContain("*");
  });

  test("binds the submission service, and gives nobody rights to create Workflows past it", () => {
    const bound = graph.ofType("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding").map(({ inputs }) => inputs);
    const services = bound.filter(({ roleRef }) => String(Object(roleRef).name).startsWith("orch-submission-"));
    expect(services).toHaveLength(2);
    const submit = graph.find("kubernetes:rbac.authorization.k8s.io/v1:Role", `${team}-submit`);
    expect(JSON.stringify(submit.inputs.rules)).not.toMatch(/"workflows"\],"verbs":\[[^\]]*"(create|patch)"/);
  });
});

const QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue";
const QUOTA = "kubernetes:core/v1:ResourceQuota";
