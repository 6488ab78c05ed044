import { describe, expect, test } from "vitest";
import type { PolicyMessage } from "../../../local/engine/plan.ts";
import { findings, stops } from "../../../review/policy/findings.ts";
import type { Pack } from "../../../review/policy/packs.ts";

const pack: Pack = {
  ...{ name: "platform", folder: "policies/platform", main: "policies/platform/index.js" },
  rules: new Map([["buckets-are-private", "policies/platform/rules/buckets-are-private.ts"]]),
  settings: new Map(),
};
const message = (more: Partial<PolicyMessage>): PolicyMessage => ({
  pack: "platform",
  policy: "buckets-are-private",
  urn: "urn:pulumi:prod::orchestration-layer::orch:cluster:Bucket$aws:s3/bucket:Bucket::artifacts",
  message:
    "Buckets are private.\nBucket artifacts is public. Why it matters: it leaks. How to fix it: set acl to private.",
  level: "mandatory",
  ...more,
});
const verdict = (more: Partial<PolicyMessage>, levels: Record<string, string> = {}) =>
  findings([message(more)], [pack], new Map([["platform", new Map(Object.entries(levels))]]))[0];

/** As the policy SDK writes it, at the level it then has. */
const NOT_RUN = {
  message:
    "can't run policy 'buckets-are-private' from policy pack 'platform@v0.1.0' during preview: string value at .acl can't be known during preview",
  level: "advisory",
};

describe("a rule that met a value that is not known yet", () => {
  test("stops the change, although the engine calls it advice", () => {
    expect(verdict(NOT_RUN)).toMatchObject({ verdict: "undecided" });
    expect(stops({ verdict: "undecided" })).toBe(true);
  });

  test("stops it as well where the rule says so itself", () => {
    const text = "Bucket artifacts cannot be decided by buckets-are-private: acl is not known before the update.";
    expect(verdict({ message: `Buckets are private.\n${text}` })).toMatchObject({ verdict: "undecided" });
  });

  test.each([
    [{ "buckets-are-private": "mandatory" }, "undecided"],
    [{ "buckets-are-private": "remediate" }, "undecided"],
    [{ "buckets-are-private": "advisory" }, "advised"],
    [{ all: "advisory" }, "advised"],
    [{ all: "advisory", "buckets-are-private": "mandatory" }, "undecided"],
    [{ "another-rule": "advisory" }, "undecided"],
  ])("with the levels %o of its environment it is %s", (levels, expected) => {
    expect(verdict(NOT_RUN, levels)).toMatchObject({ verdict: expected });
  });
});

describe("a finding", () => {
  test("has resource, rule, its file, what, why and fix", () => {
    expect(verdict({})).toEqual({
      verdict: "refused",
      pack: "platform",
      rule: "buckets-are-private",
      ruleFile: "policies/platform/rules/buckets-are-private.ts",
      description: "Buckets are private.",
      urn: "urn:pulumi:prod::orchestration-layer::orch:cluster:Bucket$aws:s3/bucket:Bucket::artifacts",
      type: "aws:s3/bucket:Bucket",
      name: "artifacts",
      what: "Bucket artifacts is public.",
      why: "it leaks.",
      fix: "set acl to private.",
    });
  });

  test("of a pack that names no fix has what must hold instead", () => {
    expect(verdict({ message: "Buckets are private.\nartifacts is public" })?.fix).toBe(
      "make it so that this holds: Buckets are private.",
    );
  });

  test("at an advisory level stops nothing", () => {
    expect(verdict({ level: "advisory" })).toMatchObject({ verdict: "advised" });
  });

  test("is shown once, those that stop first, in the same order whatever the engine's", () => {
    const [advice, other] = [message({ level: "advisory", policy: "a" }), message({ policy: "z" })];
    const all = findings([advice, message(NOT_RUN), other, message({}), message({})], [pack], new Map());
    expect(all.map(({ verdict, rule }) => `${verdict} ${rule}`)).toEqual([
      "refused buckets-are-private",
      "refused z",
      "undecided buckets-are-private",
      "advised a",
    ]);
    expect(findings([message({}), message({}), other, message(NOT_RUN), advice], [pack], new Map())).toEqual(all);
  });
});
