import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { previewPlatform } from "../../local/engine/index.ts";
import { goldenLines } from "./platform-golden.ts";
import { type Planned, type Preview, previewStack } from "./platform-preview.ts";

const stateDir = mkdtempSync(join(tmpdir(), "orch-engine-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const policyPacks = [new URL("../../policies/platform", import.meta.url).pathname];
const engine = { stateDir, plugins: "ours", crds: false, policyPacks } as const;

describe.each(["dev", "prod"])("a first preview of %s", (stack) => {
  let preview: Preview;
  beforeAll(async () => {
    preview = await previewStack(stack, { stateDir });
  });

  test("shows what the golden file shows", async () => {
    await expect(goldenLines(preview.resources)).toMatchFileSnapshot(`../golden/platform/${stack}.txt`);
  });

  test("creates and nothing else, each resource through a provider of the stack's own", () => {
    expect(Object.keys(preview.changes)).toEqual(["create"]);
    const managed = preview.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
    expect(managed.length).toBeGreaterThan(150);
    const strangers = managed.filter(({ provider }) => !provider.includes(`::orch-${stack}::`));
    expect(strangers.map(({ urn }) => urn)).toEqual([]);
  });

  test("leaves no policy undecided", () => {
    expect(preview.warnings.filter((warning) => warning.includes("can't run policy"))).toEqual([]);
  });

  test("protects what holds data in production only", () => {
    const kept = preview.resources.filter(({ protect }) => protect).map(({ type }) => type);
    expect(kept.sort()).toEqual(stack === "prod" ? ["aws:eks/cluster:Cluster", "aws:kms/key:Key"] : []);
  });
});

describe("a change of one knob", () => {
  const inputsOf = (resources: readonly Planned[]) =>
    new Map(resources.map(({ urn, inputs }) => [urn, JSON.stringify(inputs).replaceAll(UNKNOWN, "?")]));

  test("changes only what follows from it", async () => {
    const pools = {
      cpu: { max: 4 },
      cpu_spot: { max: 8 },
      gpu: { max: 2 },
      gpu_spot: { max: 6 },
      system: { min: 2, max: 8 },
    };
    const before = inputsOf((await previewStack("dev", { stateDir })).resources);
    const after = inputsOf((await previewStack("dev", { stateDir, config: { pools } })).resources);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    const changed = [...after]
      .filter(([urn, inputs]) => before.get(urn) !== inputs)
      .map(([urn]) => urn.split("::").at(-1));
    expect(changed.sort()).toEqual([
      "orch-dev-gpu-spot-l4-us-east-1a",
      "orch-dev-gpu-spot-l4-us-east-1b",
      "orch-dev-gpu-spot-us-east-1a",
      "orch-dev-gpu-spot-us-east-1b",
      "platform-profile",
    ]);
  });
});

describe("what the engine refuses", () => {
  const previewWith = (config: Record<string, string>) =>
    previewPlatform({ ...engine, stack: "dev", config }).then(
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
    expect(message).toContain("the API of orch-dev can be called from everywhere");
  });

  test("a wrong configuration: every mistake at once and no stack trace", async () => {
    const message = await previewWith({
      "orchestration-layer:region": "Frankfurt",
      "orchestration-layer:infrastructureAttempts": "-1",
    });
    expect(message).toContain("orchestration-layer:region  must be a region, e.g. us-east-1");
    expect(message).toContain("orchestration-layer:infrastructureAttempts");
    expect(message).not.toMatch(/\bat .*\.ts:\d+/);
  });
});

/** How the engine writes a value that is not known yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
