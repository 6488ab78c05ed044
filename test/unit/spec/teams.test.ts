import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  borrowable,
  localProfile,
  type PoolAmount,
  type PoolShare,
  type PublishedTeam,
  platformProfile,
  withTeams,
} from "../../../submission/spec/index.ts";

const { teams: _, ...platform } = localProfile();
const profile = { ...platform, teams: {} };
const NONE: PoolAmount = { cpu: 0, memory: 0, gpu: 0 };

function published(name: string, shares: Record<string, Partial<PoolShare>>): PublishedTeam {
  return {
    version: 1,
    name,
    team: {
      namespace: `team-${name}`,
      serviceAccount: "argo-workflow",
      executorServiceAccount: "argo-executor",
      driverServiceAccount: "job-driver",
      queues: { cpu: "cpu", gpu: "gpu" },
      secretScopes: {},
    },
    shares: Object.fromEntries(
      Object.entries(shares).map(([pool, share]) => [
        pool,
        { nominal: NONE, borrowing: NONE, lending: NONE, ...share },
      ]),
    ),
  };
}
const cpu = (amount: number): PoolAmount => ({ cpu: amount, memory: 4 * amount, gpu: 0 });

describe("a platform's profile and its teams", () => {
  const research = published("research", { cpu: { nominal: cpu(100), borrowing: cpu(50) } });
  const execution = published("execution", { cpu: { nominal: cpu(40), lending: cpu(20) } });

  test("make one profile that the schema takes, whatever order they are read in", () => {
    const whole = withTeams(profile, [research, execution]);
    expect(platformProfile.safeParse(whole).success).toBe(true);
    expect(Object.keys(whole.teams)).toEqual(["execution", "research"]);
    expect(withTeams(profile, [execution, research])).toEqual(whole);
  });

  test("a team is told of its own, and of what others lend as far as it may borrow", () => {
    const { teams } = withTeams(profile, [research, execution]);
    expect(teams.research?.quota.cpu).toEqual({
      nominal: { cpu: "100", mem: "400Gi", gpu: 0 },
      borrowable: { cpu: "20", mem: "80Gi", gpu: 0 },
    });
    expect(teams.execution?.quota.cpu?.borrowable.cpu).toBe("0");
    expect(withTeams(profile, [research]).teams.research?.quota.cpu?.borrowable.cpu).toBe("0");
  });

  test("one team's part changes only that team, as long as nobody borrows from it", () => {
    const more = published("execution", { cpu: { nominal: cpu(60), lending: cpu(20) } });
    const [before, after] = [withTeams(profile, [research, execution]), withTeams(profile, [research, more])];
    expect(after.teams.research).toEqual(before.teams.research);
    expect(after.teams.execution).not.toEqual(before.teams.execution);
  });

  test("no team is told of more than the others lend, nor of more than it may borrow", () => {
    const amount = fc.nat(10_000).map(cpu);
    const share = fc.record({ nominal: amount, borrowing: amount, lending: amount });
    fc.assert(
      fc.property(share, share, share, (a, b, c) => {
        const teams = Object.entries({ a, b, c }).map(([name, one]) => published(name, { cpu: one }));
        const most = borrowable("a", "cpu", teams);
        expect(most.cpu).toBeLessThanOrEqual(a.borrowing.cpu);
        expect(most.cpu).toBeLessThanOrEqual(b.lending.cpu + c.lending.cpu);
        expect([a.borrowing.cpu, b.lending.cpu + c.lending.cpu]).toContain(most.cpu);
      }),
    );
  });
});
