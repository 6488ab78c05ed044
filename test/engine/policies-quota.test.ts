import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { planTeamQueues } from "../../components/workflow/index.ts";
import * as rules from "../../policies/quota/rules/index.ts";
import { UNKNOWN } from "../../policies/verdict/known.ts";
import type { Resource } from "../../policies/verdict/resource.ts";
import { change, resource } from "../unit/policies/platform-fixture.ts";
import { findingsOf, previewDeclared } from "./declared-stack.ts";

const folder = mkdtempSync(join(tmpdir(), "orch-quota-"));
const pack = { stateDir: join(folder, "state"), pack: "quota", settings: join(folder, "settings.json") };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POOLS = {
  "cpu-spot": { cpu: "1000", memory: "4Ti" },
  "cpu-on-demand": { cpu: "1000", memory: "4Ti" },
};
const OWN = { "cpu-spot": { cpu: "600", memory: "2Ti" }, "cpu-on-demand": { cpu: "600", memory: "2Ti" } };
writeFileSync(
  pack.settings,
  JSON.stringify({
    "burst-is-approved": { free: 0.5, approvers: ["platform-engineers"] },
    "quota-within-pools": { pools: POOLS },
    "quotas-add-up": { pools: POOLS, teams: { research: OWN, features: { "cpu-spot": { cpu: "400" } } } },
  }),
);

const SPOT_CPU = "spec.resourceGroups.0.flavors.0.resources.0";
const share = { cpu: 500, memory: 1000, gpu: 0 };
const { name, spec } = planTeamQueues("research", "team-research", {
  quota: { cpu: share, cpu_spot: share },
  burst: 0.5,
}).cpu;
const queue = resource("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", name, {
  metadata: { name, labels: { "orch.dev/team": "research" } },
  spec: JSON.parse(JSON.stringify(spec)),
});

test("a team within its allotment, in a stack of its own, is let through, every rule having run", async () => {
  const result = await previewDeclared(pack, [queue]);
  expect(result.violations).toEqual([]);
  expect(result.messages.filter(({ text }) => text.includes("can't run policy"))).toEqual([]);
});

const CASES: readonly { rule: (typeof rules)[keyof typeof rules]; changed: Resource; says: string }[] = [
  {
    rule: rules.quotaWithinPools,
    changed: change(queue, "spec.cohortName", "own"),
    says: "ClusterQueue research-cpu is in cohort own, not in orch",
  },
  {
    rule: rules.burstIsApproved,
    changed: change(queue, `${SPOT_CPU}.borrowingLimit`, "251"),
    says: "may borrow 251 cpu of cpu-spot beyond its quota of 500, which nobody has approved",
  },
  {
    rule: rules.quotasAddUp,
    changed: change(queue, `${SPOT_CPU}.nominalQuota`, "601"),
    says: "makes it 601 cpu in cpu-spot for team research, which is allotted 600 cpu",
  },
  {
    rule: rules.quotaWithinPools,
    changed: change(queue, `${SPOT_CPU}.nominalQuota`, UNKNOWN),
    says: "cannot be decided by quota-within-pools: nominalQuota is not known before the update",
  },
];

test.each(CASES)("a stack that is wrong in one way is refused: $rule.name: $says", async ({ rule, changed, says }) => {
  const found = await findingsOf(pack, [changed]);
  expect(found).toContain(`${rule.description}\n`);
  expect(found).toContain(says);
  const others = Object.values(rules).filter((one) => one !== rule && found.includes(`${one.description}\n`));
  // What is not known, no rule that reads it can decide.
  expect(others.map((one) => one.name)).toEqual(
    says.includes("cannot be decided") ? ["burst-is-approved", "quotas-add-up"] : [],
  );
});
