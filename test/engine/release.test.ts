import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PlatformResult, previewPlatform } from "../../local/engine/index.ts";
import type { Evidence, ReleaseManifest, Stage } from "../../submission/spec/release/index.ts";
import {
  newSigner,
  rightEvidence,
  rightManifest,
  type Signer,
  settingsWith,
  signedAs,
} from "../unit/policies/release-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-release-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => new URL(`../../${name}`, import.meta.url).pathname;
const policyPacks = [path("policies/promotion")];
const engine = {
  stateDir: join(folder, "state"),
  projectDir: path("stacks/release"),
  plugins: "ours",
  crds: false,
  policyPacks,
} as const;

let ci: Signer;
let settings: string;
beforeAll(async () => {
  ci = await newSigner();
  settings = join(folder, "settings.json");
  writeFileSync(settings, JSON.stringify(settingsWith(ci)));
});

interface Change {
  readonly evidence?: (evidence: Evidence) => Evidence;
  readonly manifest?: (manifest: ReleaseManifest) => ReleaseManifest;
}

/** One release as the stack's configuration has it, with its evidence in a file. */
async function declared(stage: Stage, trafficPercent: number, change: Change = {}) {
  const right = { ...rightManifest(stage), trafficPercent };
  const { version: _, release, ...manifest } = change.manifest?.(right) ?? right;
  const evidence = change.evidence?.(rightEvidence()) ?? rightEvidence();
  const file = join(folder, `${release}.jws`);
  writeFileSync(file, `${await signedAs(ci, evidence)}\n`);
  return { [release]: { ...manifest, evidence: file } };
}

function preview(releases: object, more: object = {}): Promise<PlatformResult> {
  const config = {
    releases,
    gateway: { name: "models", namespace: "gateway" },
    hosts: { bt_xs_bilstm_v1: "bt-xs.models.internal" },
    ...more,
  };
  const text = Object.entries(config).map(([key, value]) => [`model-releases:${key}`, JSON.stringify(value)]);
  return previewPlatform({
    ...engine,
    stack: "prod",
    policyPackConfigs: [settings],
    config: Object.fromEntries(text),
  });
}
const refusal = (...args: Parameters<typeof preview>): Promise<string> =>
  preview(...args).then(
    () => "let through",
    (error: Error) => error.message,
  );

test.each(["dev", "prod"])("the stack %s, with the settings beside the pack, previews", async (stack) => {
  const policyPackConfigs = [path(`policies/promotion/config/${stack}.json`)];
  const result = await previewPlatform({ ...engine, stack, policyPackConfigs });
  expect(result.violations).toEqual([]);
});

describe("a stack of releases that are right", () => {
  test("is let through: a RayService with its evidence each, and a route that shares the requests", async () => {
    const result = await preview({ ...(await declared("prod", 95)), ...(await declared("canary", 5)) });
    expect(result.violations).toEqual([]);
    const made = result.resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
    expect(made).toEqual(
      expect.arrayContaining([
        "RayService bt-xs-7-prod",
        "ConfigMap bt-xs-7-prod-evidence",
        "RayService bt-xs-7-canary",
        "HTTPRoute bt_xs_bilstm_v1",
      ]),
    );
    expect(result.messages.filter(({ text }) => text.includes("can't run policy"))).toEqual([]);
  });
});

describe("a stack of a release that is wrong in one way", () => {
  test("is refused, with what is wrong, where, why and how to fix it", async () => {
    const evidence = (right: Evidence): Evidence => ({
      ...right,
      runs: right.runs.map((run) => ({ ...run, submissionId: "sub-1" })),
    });
    const message = await refusal(await declared("prod", 100, { evidence }));
    expect(message).toContain("RayService serving/bt-xs-7-prod has run sub-1 more than once as its proof");
    expect(message).toContain("Why it matters: an artifact that its recipe does not give again");
    expect(message).toContain("How to fix it: submit the same DAG again from its start");
    expect(message).not.toMatch(/prod-is-approved|no-stage-skipped/);
  });

  test("is refused for a stage that it skipped", async () => {
    const manifest = ({ predecessor: _, ...right }: ReleaseManifest): ReleaseManifest => right;
    expect(await refusal(await declared("prod", 100, { manifest }))).toContain(
      "is in prod and names no predecessor in canary",
    );
  });

  test("is refused before any gate when the shares do not add up, with every mistake at once", async () => {
    const releases = { ...(await declared("prod", 90)), ...(await declared("canary", 5)) };
    const message = await refusal(releases, { hosts: {} });
    expect(message).toContain("model-releases:releases  the shares of bt_xs_bilstm_v1 add up to 95, not 100");
    expect(message).toContain("model-releases:hosts  has no host name for bt_xs_bilstm_v1");
    expect(message).toContain("What is right looks like this");
    expect(message).not.toMatch(/\bat .*\.ts:\d+/);
  });
});

describe("what serves around the gates", () => {
  const serving = (program: string) =>
    previewPlatform({
      ...engine,
      projectDir: path("test/fixtures/pulumi/serving"),
      stack: program,
      config: { case: program },
      policyPackConfigs: [settings],
    }).then(
      () => "let through",
      (error: Error) => error.message,
    );

  test("a model without a release is refused", async () => {
    expect(await serving("no-release")).toContain("RayService serving/model serves without a release");
  });

  test.each([
    ["unknown-release", "annotation orch.dev/release is not known before the update"],
    ["unknown-annotations", "is not known before the update"],
  ])(
    "a release that is not known before the update is stopped, and not waved through as advice: %s",
    async (program, reason) => {
      const message = await serving(program);
      expect(message).toContain("RayService serving/model cannot be decided by no-stage-skipped");
      expect(message).toContain(reason);
    },
  );
});
