import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as rules from "../../../policies/platform/rules/index.ts";
import { judge } from "../../../policies/verdict/judge.ts";
import { toPolicy } from "../../../policies/verdict/pack.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import { CASES } from "./platform-cases.ts";
import * as right from "./platform-fixture.ts";
import { change, resource } from "./platform-fixture.ts";

const ALL = Object.values(rules);
type Rule = (typeof ALL)[number];

/** What the right stack needs of its environment. */
const SETTINGS: Record<string, object> = {
  "control-plane-is-closed": { allowList: true },
  "images-come-from-allowed-registries": { prefixes: ["ghcr.io/archetype/"] },
};
const settingsOf = ({ name }: Rule) => SETTINGS[name] ?? {};

async function judgeStack(rule: Rule, stack: readonly Resource[], settings: unknown = settingsOf(rule)) {
  const found = await Promise.all(stack.map((one) => judge(rule, one, settings, stack)));
  return found.flat();
}
/** The right stack with one resource in place of the one it is made from. */
function withChanged(changed: Resource): Resource[] {
  const others = right.stack.filter(({ urn }) => urn !== changed.urn);
  return [...others, changed];
}

describe.each(ALL)("$name", (rule) => {
  const { wrong, unknown } = CASES[rule.name] ?? { wrong: [], unknown: [] };

  test("passes a stack that is right", async () => {
    expect(await judgeStack(rule, right.stack)).toEqual([]);
  });

  test("is about something in it, and passes a stack without resources", async () => {
    expect(right.stack.some((one) => rule.applies(one))).toBe(true);
    expect(await judgeStack(rule, [])).toEqual([]);
  });

  test.each<[string, Resource]>([
    ["a queue", resource("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", "a", { metadata: { name: "a" } })],
    ["a component", resource("orch:team:Team", "a", {})],
    ["a subnet without any property", resource("aws:ec2/subnet:Subnet", "a", {})],
  ])("has nothing to say about %s", async (_, other) => {
    expect(await judgeStack(rule, [other])).toEqual([]);
  });

  test.each(wrong)("refuses $title", async ({ changed, says }) => {
    const found = await judgeStack(rule, withChanged(changed));
    expect(found.map(({ verdict }) => verdict)).toEqual(["refused"]);
    expect(found[0]?.message).toContain(says);
    expect(found[0]?.message).toMatch(/ Why it matters: .*\. How to fix it: .*\.$/s);
  });

  test.runIf(typeof unknown !== "string").each(typeof unknown === "string" ? [] : unknown)(
    "does not pass while nothing is known of: $title",
    async ({ changed, says }) => {
      const found = await judgeStack(rule, withChanged(changed));
      expect(found.length).toBeGreaterThan(0);
      expect(found.map(({ message }) => message).join("\n")).toContain(says);
    },
  );

  test("has cases of its own, says why and how to mend it, and takes settings that a schema describes", () => {
    expect(wrong.length).toBeGreaterThan(0);
    expect(unknown.length).toBeGreaterThan(0);
    expect([rule.description, rule.why, rule.fix].every((text) => text.length > 20 && text.endsWith("."))).toBe(true);
    const { configSchema, enforcementLevel } = toPolicy(rule);
    expect(Object.keys(configSchema?.properties ?? {})).toEqual(Object.keys(rule.settings.shape));
    expect(enforcementLevel).toBe("mandatory");
  });
});

test("every rule has a name of its own, and cases are of rules that there are", () => {
  const names = ALL.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(CASES).sort()).toEqual([...names].sort());
});

describe("settings", () => {
  test("that a rule does not know refuse what it is about, and say so", async () => {
    const found = await judgeStack(rules.batchPoolsAreMostlySpot, right.stack, { minShare: 70 });
    expect(found[0]?.message).toContain("settings are wrong: minShare");
  });

  test.each(["dev", "prod"])("of %s are of rules that there are, and right", (environment) => {
    const file = new URL(`../../../policies/platform/config/${environment}.json`, import.meta.url);
    const given: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
    for (const [name, level] of Object.entries(given)) {
      const rule = ALL.find((one) => one.name === name);
      expect(rule?.name, `a rule ${name}`).toBe(name);
      if (typeof level === "string" || rule === undefined) continue;
      const { enforcementLevel: _, ...settings } = level as Record<string, unknown>;
      expect(rule.settings.safeParse(settings).error?.issues ?? []).toEqual([]);
    }
  });

  test("name images that may have a tag, never latest", async () => {
    const tagged = (image: string) => change(right.deployment, "spec.template.spec.containers.0.image", image);
    const given = { tags: ["registry.k8s.io/pause"] };
    expect(await judge(rules.imagesArePinned, tagged("registry.k8s.io/pause:3.10"), given)).toEqual([]);
    expect(await judge(rules.imagesArePinned, tagged("registry.k8s.io/pause:latest"), given)).toHaveLength(1);
    expect(await judge(rules.imagesArePinned, tagged("registry.k8s.io/other:3.10"), given)).toHaveLength(1);
  });

  test("name what a rule is not about: a node agent, a public gate, a bucket of leftovers", async () => {
    const privileged = change(right.chart, "values.securityContext.privileged", true);
    expect(await judge(rules.chartValuesStayConfined, privileged, { exempt: ["monitoring/loki"] })).toEqual([]);
    const open = change(right.service, "metadata.annotations", {});
    expect(await judge(rules.loadBalancersAreInternal, open, { public: ["serving/gate"] })).toEqual([]);
    const bucket = { ...right.bucket, protect: false };
    expect(await judge(rules.dataIsProtected, bucket, { exempt: ["artifacts"] })).toEqual([]);
  });
});

describe("remediation", () => {
  test("gives pods the runtime's seccomp profile where they say nothing, and leaves alone what somebody chose", () => {
    const path = "spec.template.spec.securityContext.seccompProfile";
    expect(rules.podsUseSeccomp.remedy?.(change(right.deployment, path, undefined), {})).toEqual([
      { path: path.split("."), value: { type: "RuntimeDefault" } },
    ]);
    const chosen = change(right.deployment, path, { type: "Unconfined" });
    expect(rules.podsUseSeccomp.remedy?.(chosen, {})).toEqual([]);
  });

  test("puts in the tags that the environment has values for, and lets a key rotate", () => {
    const untagged = { ...right.bucket, provider: undefined };
    const given = { keys: ["orch.dev/cluster", "team"], values: { "orch.dev/cluster": "orch-dev" } };
    expect(rules.resourcesCarryCostTags.remedy?.(untagged, given)).toEqual([
      { path: ["tags", "orch.dev/cluster"], value: "orch-dev" },
    ]);
    expect(rules.resourcesCarryCostTags.remedy?.(right.bucket, given)).toEqual([]);
    const still = change(right.key, "enableKeyRotation", undefined);
    expect(rules.keysRotate.remedy?.(still, {})).toEqual([{ path: ["enableKeyRotation"], value: true }]);
    const asymmetric = change(still, "customerMasterKeySpec", "RSA_4096");
    expect(rules.keysRotate.remedy?.(asymmetric, {})).toEqual([]);
  });
});
