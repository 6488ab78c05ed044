import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { definitionFiles, whyUnavailable } from "../../../stacks/platform/definitions.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-crds-"));
  mkdirSync(join(folder, "kuberay"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const layOut = (...names: string[]) => {
  for (const name of names) writeFileSync(join(folder, "kuberay", `${name}.json`), "{}");
};

test("of a release, the platform takes the definitions it needs and no other", () => {
  layOut("rayjobs.ray.io", "rayservices.ray.io", "rayclusters.ray.io");
  expect(definitionFiles(folder, "kuberay")).toEqual([
    join(folder, "kuberay", "rayclusters.ray.io.json"),
    join(folder, "kuberay", "rayjobs.ray.io.json"),
  ]);
});

test("those that are missing are named, all of them", () => {
  expect(() => definitionFiles(folder, "kuberay")).toThrow(/rayclusters\.ray\.io\.json\n.*rayjobs\.ray\.io\.json/);
});

test("an operator whose definitions cannot be had is known with the reason", () => {
  expect(whyUnavailable(folder, "kuberay")).toBeUndefined();
  writeFileSync(join(folder, "kuberay", "UNAVAILABLE"), "there is no Maven");
  expect(whyUnavailable(folder, "kuberay")).toBe("there is no Maven");
});
