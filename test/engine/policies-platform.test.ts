import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as rules from "../../policies/platform/rules/index.ts";
import { nameOf, type Resource } from "../../policies/verdict/resource.ts";
import type { Rule } from "../../policies/verdict/rule.ts";
import { CASES, type Case } from "../unit/policies/platform-cases.ts";
import * as right from "../unit/policies/platform-fixture.ts";
import { change, resource } from "../unit/policies/platform-fixture.ts";
import { findingsOf, previewDeclared } from "./declared-stack.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-policies-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SETTINGS = {
  "control-plane-is-closed": { allowList: true },
  "images-come-from-allowed-registries": { prefixes: ["ghcr.io/archetype/"] },
};
/** The pack with settings of its own; levels besides `mandatory` by rule. */
function pack(levels: Record<string, object | string> = {}) {
  const settings = join(folder, `${Object.keys(levels).join("-") || "settings"}.json`);
  writeFileSync(settings, JSON.stringify({ ...SETTINGS, ...levels }));
  return { stateDir: join(folder, "state"), pack: "platform", settings };
}

const ALL = Object.values(rules);
/** A default provider needs no settings where it has nothing to talk to. */
const BY_DEFAULT: Case = {
  title: "a resource of the default provider",
  changed: resource(
    "random:index/randomPassword:RandomPassword",
    "own",
    { length: 8 },
    { provider: { name: "default", props: {} } },
  ),
  says: "uses the default provider",
};
const firstWrong = ({ name }: Rule) => (name === "no-default-providers" ? BY_DEFAULT : CASES[name]?.wrong[0]);
const firstUnknown = ({ name }: Rule) => {
  const cases = CASES[name]?.unknown;
  return typeof cases === "string" ? undefined : cases?.[0];
};

/** Each rule with one case, whose resource is called after the rule. */
function casesOf(scope: Rule["scope"], first: (rule: Rule) => Case | undefined) {
  return ALL.filter((rule) => rule.scope === scope).flatMap((rule) => {
    const one = first(rule);
    return one === undefined ? [] : [{ rule, ...one }];
  });
}
type RuleCase = ReturnType<typeof casesOf>[number];

/** Beside a stack that is right: what one resource says, another does not see. */
const beside = (cases: readonly RuleCase[]): Resource[] => [
  ...right.stack,
  ...cases.map(({ rule, changed }) => ({
    ...changed,
    name: `${changed.name}-${rule.name}`,
    urn: `${changed.urn}-${rule.name}`,
  })),
];
/** In place of what is right: a rule about the stack sees all of it. */
const inPlace = (cases: readonly RuleCase[]): Resource[] =>
  right.stack.map((one) => cases.find(({ changed }) => changed.urn === one.urn)?.changed ?? one);

/** Of each rule what it found, without its description and without what `beside` adds to names. */
function byRule(findings: string): Map<string, string[]> {
  const found = ALL.map((rule): [string, string[]] => [
    rule.name,
    findings
      .split(`${rule.description}\n`)
      .slice(1)
      .map((text) => (text.split("\n")[0] ?? "").replace(`-${rule.name}`, "")),
  ]);
  return new Map(found.filter(([, texts]) => texts.length > 0));
}

test("a stack that is right is let through, every rule having run", async () => {
  const result = await previewDeclared(pack(), right.stack);
  expect(result.violations).toEqual([]);
  expect(result.messages.filter(({ text }) => text.includes("can't run policy"))).toEqual([]);
});

describe("a stack of resources that are each wrong in one way", () => {
  const cases = casesOf("resource", firstWrong);
  let found: ReturnType<typeof byRule>;
  beforeAll(async () => {
    found = byRule(await findingsOf(pack(), beside(cases)));
  });

  test.each(cases)("is refused by $rule.name for $title", ({ rule, says }) => {
    const own = found.get(rule.name) ?? [];
    expect(own.filter((text) => !text.includes(says))).toEqual([]);
    expect(own[0]).toMatch(/ Why it matters: .* How to fix it: /);
  });
});

describe("a stack whose parts do not fit together", () => {
  const cases = casesOf("stack", firstWrong);
  let found: ReturnType<typeof byRule>;
  beforeAll(async () => {
    found = byRule(await findingsOf(pack(), inPlace(cases)));
  });

  test.each(cases)("is refused by $rule.name for $title", ({ rule, says }) => {
    expect(found.get(rule.name)).toEqual([expect.stringContaining(says)]);
  });

  test("and by no other rule", () => {
    expect([...found.keys()].sort()).toEqual(cases.map(({ rule }) => rule.name).sort());
  });
});

describe("a stack of which something is not known before the update", () => {
  const cases = casesOf("resource", firstUnknown);
  let found: ReturnType<typeof byRule>;
  beforeAll(async () => {
    found = byRule(await findingsOf(pack(), beside(cases)));
  });

  test.each(cases)("is stopped by $rule.name, and not waved through as advice: $title", ({ rule, changed, says }) => {
    const own = found.get(rule.name)?.filter((text) => text.startsWith(nameOf(changed).split(" ")[0] ?? ""));
    expect(own).toContainEqual(expect.stringContaining(says));
  });
});

describe("at the level remediate", () => {
  const profile = "spec.template.spec.securityContext.seccompProfile";
  const faulty: readonly Resource[] = [
    change(right.deployment, profile, undefined),
    change(right.key, "enableKeyRotation", undefined),
    { ...right.logs, provider: { name: "untagged", props: {} } },
  ];

  test("what is safe to mend is mended, and what is mended is let through", async () => {
    const levels = {
      "pods-use-seccomp": "remediate",
      "keys-rotate": "remediate",
      "resources-carry-cost-tags": { enforcementLevel: "remediate", values: { "orch.dev/cluster": "orch-dev" } },
    };
    // The engine asks the rules again after they have mended it: what they see then is what would be created.
    expect((await previewDeclared(pack(levels), faulty)).violations).toEqual([]);
  });

  test("nothing is mended where the level is another one", async () => {
    const found = byRule(await findingsOf(pack(), faulty));
    expect([...found.keys()].sort()).toEqual(["keys-rotate", "pods-use-seccomp", "resources-carry-cost-tags"]);
  });
});
