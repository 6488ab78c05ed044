import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as rules from "../../policies/promotion/rules/index.ts";
import type { Resource } from "../../policies/verdict/resource.ts";
import {
  newSigner,
  rightEvidence,
  rightManifest,
  type Signer,
  served,
  settingsWith,
  signedAs,
} from "../unit/policies/release-fixture.ts";
import { MATRIX } from "../unit/policies/release-matrix.ts";
import { findingsOf, previewDeclared } from "./declared-stack.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-promotion-"));
const pack = { stateDir: join(folder, "state"), pack: "promotion", settings: join(folder, "settings.json") };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let ci: Signer;
beforeAll(async () => {
  ci = await newSigner();
  writeFileSync(pack.settings, JSON.stringify(settingsWith(ci)));
});

type Case = (typeof MATRIX)[number];

/** The first release of the matrix that this rule alone refuses, by the settings that all have. */
const CASES = Object.values(rules).map(({ name, description }) => {
  const only = ({ refused, settings }: Case) => settings === undefined && Object.keys(refused).join() === name;
  const found = MATRIX.find(only);
  if (found === undefined) throw new Error(`the matrix has no release that ${name} alone refuses`);
  return { ...found, rule: name, description, says: String(Object.values(found.refused)[0]) };
});

const inCluster = (resource: Resource, name: string): Resource => ({
  ...resource,
  name,
  urn: name,
  provider: { name: "orch-test", props: {} },
});

async function releaseOf(one: Case & { readonly rule: string }): Promise<Resource> {
  // Copies: what a case changes must not reach the next.
  const manifest = structuredClone(rightManifest(one.stage ?? "prod"));
  const evidence = structuredClone(rightEvidence());
  one.manifest?.(manifest);
  one.evidence?.(evidence);
  const token = await signedAs(one.signer === undefined ? ci : await newSigner(), evidence);
  const resource = served(manifest, one.token?.(token) ?? token);
  one.resource?.(resource);
  return inCluster(resource, one.rule);
}

test("releases of every stage that are right are let through, every rule having run", async () => {
  const token = await signedAs(ci, rightEvidence());
  const stages = ["staging", "canary", "prod"] as const;
  const releases = stages.map((stage) => inCluster(served(rightManifest(stage), token), stage));
  const result = await previewDeclared(pack, releases);
  expect(result.violations).toEqual([]);
  expect(result.messages.filter(({ text }) => text.includes("can't run policy"))).toEqual([]);
});

describe("a stack of releases that are each wrong in one way", () => {
  let lines: string[];
  beforeAll(async () => {
    lines = (await findingsOf(pack, await Promise.all(CASES.map(releaseOf)))).split("\n");
  });

  test.each(CASES)("is refused by $rule for $title", ({ description, says }) => {
    const found = lines.flatMap((line, index) => (line === description ? [lines[index + 1] ?? ""] : []));
    expect(found).toContainEqual(expect.stringContaining(says));
    expect(found[0]).toMatch(/ Why it matters: .* How to fix it: /);
  });
});
