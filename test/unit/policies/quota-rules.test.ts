import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { allocatable, flavorName, workPools } from "../../../components/cluster/index.ts";
import { burstAnnotations } from "../../../components/team/index.ts";
import { NO_QUOTA, planTeamQueues, type Quota } from "../../../components/workflow/index.ts";
import * as rules from "../../../policies/quota/rules/index.ts";
import { judge } from "../../../policies/verdict/judge.ts";
import { UNKNOWN } from "../../../policies/verdict/known.ts";
import { toPolicy } from "../../../policies/verdict/pack.ts";
import type { Resource } from "../../../policies/verdict/resource.ts";
import { change, resource } from "./platform-fixture.ts";

const ALL = Object.values(rules);
type Rule = (typeof ALL)[number];

const POOLS = {
  "cpu-spot": { cpu: "2800", memory: "10Ti" },
  "cpu-on-demand": { cpu: "955500m", memory: "3450Gi" },
};
const OWN = { "cpu-spot": { cpu: "1800", memory: "6500Gi" }, "cpu-on-demand": { cpu: "300", memory: "1100Gi" } };
const SETTINGS: Record<string, object> = {
  "burst-is-approved": { free: 0.5, approvers: ["platform-engineers"] },
  "quota-within-pools": { pools: POOLS },
  "quotas-add-up": { pools: POOLS, teams: { research: OWN, features: { "cpu-spot": { cpu: "1000" } } } },
};

/** What the component makes of a team's share. */
function queueOf(team: string, share: Parameters<typeof planTeamQueues>[2]): Resource {
  const { name, spec } = planTeamQueues(team, `team-${team}`, share).cpu;
  return clusterQueue(team, name, spec);
}
const clusterQueue = (team: string, name: string, spec: object, annotations: object = {}): Resource =>
  resource("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue", name, {
    metadata: { name, labels: { "orch.dev/team": team }, annotations },
    spec: JSON.parse(JSON.stringify(spec)),
  });
const SHARE = {
  quota: { cpu: { cpu: 300, memory: 1100, gpu: 0 }, cpu_spot: { cpu: 1800, memory: 6500, gpu: 0 } },
  burst: 0.5,
};
const right = queueOf("research", SHARE);
const SPOT_CPU = "spec.resourceGroups.0.flavors.0.resources.0";

const messages = async (rule: Rule, queues: readonly Resource[], more: object = {}) => {
  const given = { ...SETTINGS[rule.name], ...more };
  const found = await Promise.all(queues.map((queue) => judge(rule, queue, given, queues)));
  return found.flat().map(({ verdict, message }) => `${verdict}: ${message}`);
};

describe.each(ALL)("$name", (rule) => {
  test("passes a queue that is right, what is no queue, and a stack without any", async () => {
    expect(await messages(rule, [right])).toEqual([]);
    expect(await messages(rule, [resource("kubernetes:core/v1:Namespace", "a", { metadata: { name: "a" } })])).toEqual(
      [],
    );
    expect(await messages(rule, [])).toEqual([]);
  });

  test.each(["spec", "spec.resourceGroups", "spec.resourceGroups.0.flavors.0", `${SPOT_CPU}.nominalQuota`])(
    "does not pass while %s is not known",
    async (path) => {
      const found = await messages(rule, [change(right, path, UNKNOWN)]);
      expect(found).toEqual([
        expect.stringMatching(/^undecided: ClusterQueue research-cpu cannot be decided by .*is not known/),
      ]);
    },
  );

  test("lets nothing through where the environment has set nothing", async () => {
    expect((await judge(rule, right, {}, [right])).length).toBeGreaterThan(0);
  });

  test("refuses an amount that is none, and says what is wrong, why, and how to mend it", async () => {
    const [found = ""] = await messages(rule, [change(right, `${SPOT_CPU}.nominalQuota`, "many")]);
    expect(found).toContain("has a nominalQuota many that is no amount. Why it matters:");
    expect([rule.description, rule.why, rule.fix].every((text) => text.length > 30 && text.endsWith("."))).toBe(true);
    expect(Object.keys(toPolicy(rule).configSchema?.properties ?? {})).toEqual(Object.keys(rule.settings.shape));
  });
});

describe("quota-within-pools", () => {
  test.each<[string, string, unknown, string]>([
    ["more than all nodes have", `${SPOT_CPU}.nominalQuota`, "2800001m", "all of its nodes have 2800"],
    [
      "a flavor that no pool has",
      "spec.resourceGroups.0.flavors.0.name",
      "tpu-spot",
      "in tpu-spot, of which no pool has any",
    ],
    ["another cohort", "spec.cohortName", "own", "is in cohort own, not in orch"],
    ["no cohort", "spec.cohortName", undefined, "is in no cohort, not in orch"],
  ])("refuses %s", async (_, path, value, says) => {
    const found = await messages(rules.quotaWithinPools, [change(right, path, value)]);
    expect(found[0]).toContain(says);
  });

  test("passes exactly what the nodes have", async () => {
    const all = change(right, `${SPOT_CPU}.nominalQuota`, "2800000m");
    expect(await messages(rules.quotaWithinPools, [all])).toEqual([]);
  });
});

describe("burst-is-approved", () => {
  beforeEach(() => vi.setSystemTime("2026-11-20T23:00:00Z"));
  afterEach(() => vi.useRealTimers());

  const asked = queueOf("research", { ...SHARE, burst: 1 });
  const approved = (by: string, at: string, until: string) =>
    change(asked, "metadata.annotations", {
      "orch.dev/burst-approved-by": by,
      "orch.dev/burst-approved-at": at,
      "orch.dev/burst-approved-until": until,
    });

  test("refuses more than the free fraction without an approval", async () => {
    expect(await messages(rules.burstIsApproved, [asked])).toEqual([
      expect.stringContaining(
        "ClusterQueue research-cpu may borrow 1800 cpu of cpu-spot beyond its quota of 1800 (and 3 more), which nobody has approved.",
      ),
    ]);
  });

  test.each([
    ["is good today", "2026-11-02", "2027-04-30"],
    ["has its first day today", "2026-11-20", "2026-12-01"],
    ["has its last day today", "2026-10-01", "2026-11-20"],
  ])("passes with one that %s", async (_, at, until) => {
    expect(await messages(rules.burstIsApproved, [approved("platform-engineers", at, until)])).toEqual([]);
  });

  test.each([
    [
      "of somebody else",
      approved("research-leads", "2026-11-02", "2027-04-30"),
      "by research-leads, who is none of platform-engineers",
    ],
    [
      "that begins tomorrow",
      approved("platform-engineers", "2026-11-21", "2026-12-01"),
      "is approved from 2026-11-21 only",
    ],
    [
      "that ran out yesterday",
      approved("platform-engineers", "2026-10-01", "2026-11-19"),
      "was approved until 2026-11-19",
    ],
    [
      "that ends before it begins",
      approved("platform-engineers", "2026-11-02", "2026-11-01"),
      "which is before 2026-11-02",
    ],
    [
      "for longer than one may be",
      approved("platform-engineers", "2026-01-01", "2027-12-31"),
      "was approved for 729 days; 366 is the most",
    ],
    ["until whenever", approved("platform-engineers", "2026-11-02", "forever"), "which are no days"],
  ])("refuses one %s", async (_, queue, says) => {
    expect(await messages(rules.burstIsApproved, [queue])).toEqual([expect.stringContaining(says)]);
  });

  test("does not pass while it is not known who approved it", async () => {
    const found = await messages(rules.burstIsApproved, [change(asked, "metadata.annotations", UNKNOWN)]);
    expect(found).toEqual([expect.stringContaining("undecided: ")]);
  });

  test("refuses borrowing without a limit, approved or not", async () => {
    const endless = change(
      approved("platform-engineers", "2026-11-02", "2027-04-30"),
      `${SPOT_CPU}.borrowingLimit`,
      undefined,
    );
    expect(await messages(rules.burstIsApproved, [endless])).toEqual([
      expect.stringContaining("may borrow cpu of cpu-spot without any limit"),
    ]);
  });
});

describe("quotas-add-up", () => {
  test("refuses more than the team is allotted", async () => {
    const more = change(right, `${SPOT_CPU}.nominalQuota`, "1801");
    expect(await messages(rules.quotasAddUp, [more])).toEqual([
      expect.stringContaining("makes it 1801 cpu in cpu-spot for team research, which is allotted 1800 cpu"),
    ]);
  });

  test("adds up the queues of one team: a second one is no second quota", async () => {
    const second = { ...right, name: "research-cpu-2", urn: `${right.urn}-2` };
    const found = await messages(rules.quotasAddUp, [right, second]);
    expect(found).toHaveLength(8);
    expect(found[0]).toContain("makes it 3600 cpu in cpu-spot for team research");
  });

  test("refuses a team that is allotted nothing, and a queue of nobody", async () => {
    expect((await messages(rules.quotasAddUp, [queueOf("risk", SHARE)]))[0]).toContain(
      "for team risk, which is allotted 0 cpu",
    );
    expect(await messages(rules.quotasAddUp, [change(right, "metadata.labels", {})])).toEqual([
      expect.stringContaining("has no label orch.dev/team"),
    ]);
  });

  test("refuses allotments that the pools cannot keep, although each team for itself could have its own", async () => {
    const teams = { research: OWN, features: { "cpu-spot": { cpu: "1001", memory: "3Ti" } } };
    expect(await messages(rules.quotasAddUp, [right], { teams })).toEqual([
      expect.stringContaining(
        "shares cpu-spot with teams that are allotted 2801 cpu together; its nodes have 2800 cpu",
      ),
    ]);
  });
});

describe.each(["dev", "prod"])("the settings of %s", (environment) => {
  const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  const given = JSON.parse(read(`policies/quota/config/${environment}.json`));
  afterEach(() => vi.useRealTimers());

  test("are of rules that there are, and right", () => {
    for (const rule of ALL) expect(rule.settings.safeParse(given[rule.name]).error?.issues ?? []).toEqual([]);
    expect(Object.keys(given).sort()).toEqual(ALL.map(({ name }) => name).sort());
  });

  test("allot what the teams' stacks ask for, and know who approved what they borrow", async () => {
    vi.setSystemTime("2026-11-20T12:00:00Z");
    const files = readdirSync(new URL("../../../stacks/team", import.meta.url)).filter((file) =>
      file.endsWith(`-${environment}.yaml`),
    );
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const { config } = parse(read(`stacks/team/${file}`));
      const { fraction: burst = 0, approved } = config["team:burst"] ?? {};
      const quota = Object.fromEntries(
        Object.entries<Partial<Quota>>(config["team:quota"]).map(([pool, own]) => [pool, { ...NO_QUOTA, ...own }]),
      );
      const queues = Object.values(planTeamQueues(config["team:name"], "team", { quota, burst })).map(
        ({ name, spec }) => clusterQueue(config["team:name"], name, spec, burstAnnotations({ quota, burst }, approved)),
      );
      for (const rule of ALL)
        for (const queue of queues) expect(await judge(rule, queue, given[rule.name], queues)).toEqual([]);
    }
  });

  test("give each flavor what the stack's pools can have: their nodes at most, without what the kubelet keeps", () => {
    const { config } = parse(read(`Pulumi.${environment}.yaml`));
    const nodes = config["orchestration-layer:pools"];
    const expected = Object.fromEntries(
      workPools(nodes).map((pool) => {
        const { cpuMillis, memoryGi, gpu } = allocatable(pool.shape);
        const count = nodes[pool.name].max;
        return [flavorName(pool), { cpu: cpuMillis * count, memory: memoryGi * count, gpu: gpu * count }];
      }),
    );
    for (const rule of ["quota-within-pools", "quotas-add-up"]) {
      const pools: Record<string, Record<string, string>> = given[rule].pools;
      const written = Object.entries(pools).map(([flavor, has]) => [
        flavor,
        {
          cpu: has.cpu?.endsWith("m") ? Number.parseInt(has.cpu, 10) : Number(has.cpu) * 1000,
          memory: Number.parseInt(has.memory ?? "", 10),
          gpu: Number(has["nvidia.com/gpu"] ?? has["nvidia.com/mig-1g.10gb"] ?? 0),
        },
      ]);
      expect(Object.fromEntries(written)).toEqual(expected);
    }
  });
});
