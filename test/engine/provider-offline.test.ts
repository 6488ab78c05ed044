import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { applyPlatform, destroyPlatform, previewPlatform } from "../../local/engine/index.ts";

const stateDir = mkdtempSync(join(tmpdir(), "orch-offline-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const options = (program: string) => ({
  stateDir,
  projectDir: fileURLToPath(new URL("../fixtures/pulumi/offline", import.meta.url)),
  stack: program,
  config: { case: program },
  plugins: "ours" as const,
  crds: false,
});
const preview = (program: string) => previewPlatform(options(program));

describe("a preview by the stand-in", () => {
  test("shows what would be created, with outputs that are not known yet", async () => {
    const result = await preview("network");
    expect(result.changes.create).toBe(4);
    expect(result.messages.map((message) => message.text).join("\n")).toMatch(
      /preview by a stand-in: the aws plugin is not installed/,
    );
  });

  test.each([
    ["unknown-type", /declares no resource type aws:ec2\/vpcc:Vpcc/],
    ["unknown-argument", /cidrBlok[\s\S]*did you mean "cidrBlock"/],
    ["missing-argument", /scalingConfig\.desiredSize[\s\S]*required/],
    ["wrong-type", /mapPublicIpOnLaunch[\s\S]*expected true or false, got "perhaps"/],
    ["unknown-function", /no answer for aws:ec2\/getAmi:getAmi/],
    ["future-cluster-mistake", /spec\.strategi[\s\S]*did you mean "strategy"/],
  ])("refuses a program with an %s", async (program, reason) => {
    await expect(preview(program)).rejects.toThrow(reason);
  });

  test("goes on to the resources of a cluster that does not exist yet: charts, custom resources, manifests", async () => {
    const result = await preview("future-cluster");
    const types = result.resources.map((resource) => resource.type);
    expect(types).toEqual(
      expect.arrayContaining([
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue",
        "kubernetes:core/v1:ConfigMap",
      ]),
    );
  });

  test("is as far as a stand-in goes: it creates nothing", async () => {
    await expect(applyPlatform(options("network"))).rejects.toThrow(/stand-in for the aws plugin and can preview only/);
  });
});

describe("secrets", () => {
  test("are encrypted in the state and drawn once", async () => {
    const first = await applyPlatform(options("password"));
    expect(first.changes.create).toBe(4);
    // The secret lies inside an object: its neighbour is shown, itself it is not.
    expect(first.outputs.result).toEqual({ password: "[secret]", id: expect.stringMatching(/^[0-9a-f]{8}$/) });
    const state = readFileSync(join(stateDir, "pulumi/backend/.pulumi/stacks/offline/password.json"), "utf8");
    const drawn = /"result": "[^"]{20,}"/;
    expect(state).toContain("ciphertext");
    expect(state).not.toMatch(drawn);
    const second = await applyPlatform(options("password"));
    expect(second.changes).toEqual({ same: 4 });
    expect((await destroyPlatform(options("password"))).changes).toEqual({ delete: 4 });
  });
});
