import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { previewPlatform, type ResourceEvent } from "../../local/engine/index.ts";
import { ownKeys } from "../../stacks/platform/keys.ts";
import { goldenLines } from "./platform-golden.ts";
import { ENVIRONMENTS, firstPreview, type Planned, previewStack, UNKNOWN } from "./platform-preview.ts";

const stateDir = mkdtempSync(join(tmpdir(), "orch-engine-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const pack = new URL("../../policies/platform", import.meta.url).pathname;
const policies = { policyPacks: [pack], policyPackConfigs: [`${pack}/config/dev.json`] };
const engine = { stateDir, plugins: "ours", crds: false, ...policies } as const;

const previews = inject("previews");

describe.each(ENVIRONMENTS)("a first preview of %s", async (stack) => {
  const preview = await firstPreview(stack, previews);

  test("shows what the golden file shows", async () => {
    await expect(goldenLines(preview.resources)).toMatchFileSnapshot(`../golden/platform/${stack}.txt`);
  });

  test("creates and nothing else, each resource through a provider of the stack's own", () => {
    expect(Object.keys(preview.changes)).toEqual(["create"]);
    const managed = preview.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
    expect(managed.length).toBeGreaterThan(500);
    // `default` and `default_<version>` are what Pulumi calls those it makes up itself.
    const strangers = preview.resources.filter(({ provider }) => /::default(_|::)/.test(provider));
    expect(strangers.map(({ urn }) => urn)).toEqual([]);
    expect(managed.filter(({ provider }) => provider === "").map(({ urn }) => urn)).toEqual([]);
  });

  test("leaves no policy undecided", () => {
    expect(preview.warnings.filter((warning) => warning.includes("can't run policy"))).toEqual([]);
  });

  test("protects what holds data, and the keys to it, in production only", () => {
    const kept = preview.resources.filter(({ protect }) => protect).map(({ urn }) => urn);
    const precious = preview.resources.filter(({ type }) => DATA.includes(type)).map(({ urn }) => urn);
    expect(precious.length).toBeGreaterThan(5);
    if (stack === "prod") expect(precious.filter((urn) => !kept.includes(urn))).toEqual([]);
    else expect(kept).toEqual([]);
  });
});

const DATA: readonly string[] = [
  "aws:eks/cluster:Cluster",
  "aws:kms/key:Key",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation",
  "kubernetes:cluster.redpanda.com/v1alpha2:Topic",
  "kubernetes:postgresql.cnpg.io/v1:Cluster",
  "vault:index/mount:Mount",
];

describe("a change of one knob", () => {
  const inputsOf = (resources: readonly Planned[]) =>
    new Map(resources.map(({ urn, inputs }) => [urn, JSON.stringify(inputs).replaceAll(UNKNOWN, "?")]));

  test.each([
    {
      knob: "the largest size of a pool",
      config: { pools: { cpu: { max: 4 }, cpu_spot: { max: 8 }, gpu: { max: 2 }, gpu_spot: { max: 6 } } },
      changes: [
        "orch-dev-gpu-spot-l4-us-east-1a",
        "orch-dev-gpu-spot-l4-us-east-1b",
        "orch-dev-gpu-spot-us-east-1a",
        "orch-dev-gpu-spot-us-east-1b",
        "platform-profile",
      ],
    },
    {
      knob: "how many dispatchers a backlog brings up",
      config: { submission: { image: `ghcr.io/archetype/orch@sha256:${"0".repeat(64)}`, maxDispatchers: 3 } },
      changes: ["dispatcher-lag"],
    },
    {
      knob: "how many Workflows run at the same time",
      config: { argo: { parallelism: 70, teamParallelism: 50, handWritten: { ttlDays: 3 } } },
      changes: ["argo-workflows-config"],
    },
  ])("$knob: changes only what follows from it", async ({ config, changes }) => {
    const { pools } = stackConfig("dev");
    const knob = "pools" in config ? { pools: { ...pools, ...config.pools } } : config;
    const before = inputsOf((await firstPreview("dev", previews)).resources);
    const after = inputsOf((await previewStack("dev", { stateDir, config: knob })).resources);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const changed = [...after].filter(([urn, inputs]) => before.get(urn) !== inputs);
    expect(changed.map(([urn]) => urn.split("::").at(-1)).sort()).toEqual(changes);
  });
});

/** The stack's file in the checkout, by key without the project's prefix. */
function stackConfig(stack: string): Record<string, object> {
  const file = parse(readFileSync(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url), "utf8"));
  return ownKeys(file.config) as Record<string, object>;
}

describe("what the engine refuses", () => {
  const previewWith = (config: Record<string, string>, onResource?: (event: ResourceEvent) => void) =>
    previewPlatform({ ...engine, stack: "dev", config, onResource }).then(
      () => "accepted",
      (error: Error) => error.message,
    );

  test("a control plane that everyone can call, by policy", async () => {
    const cluster = {
      kind: "eks",
      account: "111111111111",
      version: "1.35",
      vpcCidr: "10.40.0.0/16",
      admins: ["arn:aws:iam::111111111111:role/platform-engineers"],
      access: { from: "allow-list", cidrs: ["0.0.0.0/0"] },
    };
    const message = await previewWith({ "orchestration-layer:cluster": JSON.stringify(cluster) });
    expect(message).toContain("A cluster's API is private, or public to named addresses only");
    expect(message).toContain("Cluster orch-dev has an API that can be called from everywhere. Why it matters:");
  });

  test("a wrong configuration: every mistake at once, what is right instead, nothing planned and no stack trace", async () => {
    const planned: string[] = [];
    const message = await previewWith(
      {
        "orchestration-layer:region": "Frankfurt",
        "orchestration-layer:infrastructureAttempts": "-1",
        "orchestration-layer:submission": JSON.stringify({ image: "orch:latest" }),
        "orchestration-layer:colour": "blue",
      },
      ({ type }) => planned.push(type),
    );
    expect(message).toContain("orchestration-layer:region  must be a region, e.g. us-east-1");
    expect(message).toContain("orchestration-layer:infrastructureAttempts");
    expect(message).toContain("orchestration-layer:submission.image  must be an image by digest");
    expect(message).toContain("orchestration-layer:colour  no such key");
    expect(message).toContain('orchestration-layer:region: "us-east-1"');
    expect(message).not.toMatch(/\bat .*\.ts:\d+/);
    expect(planned.filter((type) => type !== "pulumi:pulumi:Stack")).toEqual([]);
  });
});
