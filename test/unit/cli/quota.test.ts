import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusterQueue, localQueue } from "../../../submission/cli/run/queue-objects.ts";
import { type QuotaUse, teamUse } from "../../../submission/cli/run/quota-use.ts";
import { amountText, queueTable, quotaUseTable, resourceName } from "../../../submission/cli/show/quota-table.ts";

interface Amounts {
  readonly nominal: number;
  readonly used: number;
  readonly burst?: number;
  readonly lend?: number;
  readonly cohort?: string;
}

const queue = (name: string, { nominal, used, burst, lend, cohort = "orch" }: Amounts) =>
  clusterQueue.parse({
    metadata: { name },
    spec: {
      cohortName: cohort,
      resourceGroups: [
        {
          flavors: [
            {
              name: "cpu-spot",
              resources: [
                {
                  name: "cpu",
                  nominalQuota: String(nominal),
                  ...(burst === undefined ? {} : { borrowingLimit: String(burst) }),
                  ...(lend === undefined ? {} : { lendingLimit: String(lend) }),
                },
              ],
            },
          ],
        },
      ],
    },
    status: {
      flavorsReservation: [
        {
          name: "cpu-spot",
          resources: [{ name: "cpu", total: String(used), borrowed: String(Math.max(0, used - nominal)) }],
        },
      ],
    },
  });

const local = (clusterQueueName: string, pendingWorkloads = 0) =>
  localQueue.parse({
    metadata: { name: "cpu" },
    spec: { clusterQueue: clusterQueueName },
    status: { pendingWorkloads, admittedWorkloads: 2 },
  });

const shown = (use: QuotaUse | undefined) =>
  use &&
  [use.nominal, use.used, use.borrowed, use.lent, use.left, use.borrowable].map((amount) =>
    amount === undefined ? "?" : amountText("cpu", amount),
  );

function useOf(team: string, queues: Readonly<Record<string, Amounts>>, complete = true): QuotaUse | undefined {
  const all = Object.entries(queues).map(([name, amounts]) => queue(name, amounts));
  return teamUse([local(team)], { queues: all, complete }).quota[0];
}

describe("what a team has of its quota", () => {
  test("alone: what it does not use is left", () => {
    expect(shown(useOf("a", { a: { nominal: 10, used: 4 } }))).toEqual(["10", "4", "0", "0", "6", "0"]);
  });

  test("that borrows: what the others do not use, up to its burst", () => {
    const queues = { a: { nominal: 2, used: 3, burst: 4 }, b: { nominal: 10, used: 1 } };
    expect(shown(useOf("a", queues))).toEqual(["2", "3", "1", "0", "0", "3"]);
    expect(shown(useOf("a", { ...queues, a: { ...queues.a, burst: 1 } }))?.at(-1)).toBe("0");
  });

  test("that lends: what is lent is still left, since it comes back", () => {
    const queues = { a: { nominal: 2, used: 5, burst: 9 }, b: { nominal: 10, used: 1, lend: 6 } };
    expect(shown(useOf("b", queues))).toEqual(["10", "1", "0", "3", "9", "0"]);
    expect(shown(useOf("a", queues))?.at(-1)).toBe("3");
  });

  test("never counts another cohort", () => {
    const queues = { a: { nominal: 2, used: 2 }, b: { nominal: 10, used: 0, cohort: "other" } };
    expect(shown(useOf("a", queues))?.at(-1)).toBe("0");
  });

  test("where only its own queues are seen, what depends on other teams is left open, and nothing else", () => {
    const alone = (amounts: Amounts) => shown(useOf("a", { a: amounts }, false));
    expect(alone({ nominal: 10, used: 4, burst: 5, lend: 10 })).toEqual(["10", "4", "0", "?", "6", "?"]);
    expect(alone({ nominal: 10, used: 4, burst: 0, lend: 0 })).toEqual(["10", "4", "0", "0", "6", "0"]);
    expect(alone({ nominal: 10, used: 15, burst: 5, lend: 10 })).toEqual(["10", "15", "5", "0", "0", "0"]);
    expect(alone({ nominal: 10, used: 4 })?.at(-1)).toBe("?");
  });

  test("seen by its own people alone is what is seen by all, as far as it is not left open", () => {
    const amounts = fc.record({ nominal: fc.nat(20), used: fc.nat(30), burst: fc.nat(10), lend: fc.nat(20) });
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const whole = shown(useOf("a", { a, b })) ?? [];
        const own = shown(useOf("a", { a }, false)) ?? [];
        expect(own.map((amount, i) => (amount === "?" ? whole[i] : amount))).toEqual(whole);
      }),
    );
  });

  test("of two teams, what one borrows the other has lent, and nobody can get more than there is", () => {
    const amounts = fc.record({ nominal: fc.nat(50), wanted: fc.nat(120) });
    fc.assert(
      fc.property(amounts, amounts, (one, two) => {
        const own = (each: typeof one) => Math.min(each.wanted, each.nominal);
        const spare = (other: typeof one) => other.nominal - own(other);
        const a = { nominal: one.nominal, used: own(one) + Math.min(one.wanted - own(one), spare(two)) };
        const b = { nominal: two.nominal, used: own(two) + Math.min(two.wanted - own(two), spare(one)) };
        const [first, second] = [useOf("a", { a, b }), useOf("b", { a, b })];
        expect(first?.lent).toBe(second?.borrowed);
        expect(second?.lent).toBe(first?.borrowed);
        const total = BigInt(one.nominal + two.nominal) * 1_000_000_000n;
        const used = (first?.used ?? 0n) + (second?.used ?? 0n);
        expect((first?.left ?? 0n) - (first?.lent ?? 0n) + (first?.borrowable ?? 0n)).toBeLessThanOrEqual(total - used);
      }),
    );
  });
});

describe("the table", () => {
  test("has the team's amounts as a DAG writes them, and what waits", () => {
    const all = [queue("a", { nominal: 2, used: 3, burst: 4 }), queue("b", { nominal: 10, used: 1 })];
    const { quota, queues } = teamUse([local("a", 7)], { queues: all, complete: true });
    expect(quotaUseTable(quota, false).split("\n").at(-1)?.split(/ +/)).toEqual([
      "cpu-spot",
      "cpu",
      "2",
      "3",
      "1",
      "0",
      "0",
      "3",
    ]);
    expect(queueTable(queues, false)).toMatch(/^cpu +2 +7$/m);
    expect([
      amountText("memory", 1536n * 1024n ** 2n * 1_000_000_000n),
      amountText("nvidia.com/gpu", 4_000_000_000n),
      amountText("nvidia.com/mig-1g.10gb", 7_000_000_000n),
    ]).toEqual(["1.5Gi", "4", "7"]);
    expect(["memory", "nvidia.com/gpu", "nvidia.com/mig-1g.10gb"].map(resourceName)).toEqual([
      "mem",
      "gpu",
      "gpu 1g.10gb",
    ]);
  });

  test("leaves out what the team has nothing of", () => {
    const { quota } = teamUse([local("a")], { queues: [queue("a", { nominal: 0, used: 0 })], complete: true });
    expect(quotaUseTable(quota, false)).not.toContain("cpu-spot");
  });
});
