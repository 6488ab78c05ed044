import { describe, expect, it } from "vitest";
import { POLICIES } from "../../../local/simulation/policy.ts";
import { KINDS, TIME_SCALE } from "../../../local/simulation/setting.ts";
import { queueOwners, simulationProfile } from "../../../local/simulation/teams.ts";
import { planTrace } from "../../../local/simulation/trace.ts";
import { compileArrival } from "../../../local/simulation/workflow.ts";

const owners = queueOwners("t");
const profile = simulationProfile(owners);
const compiled = (kind: string) => {
  const arrival = planTrace(1).arrivals.find((each) => each.kind === kind);
  if (arrival === undefined) throw new Error(`no ${kind}`);
  return compileArrival(arrival, { profile, prefix: "t", scale: TIME_SCALE });
};

describe("a DAG of the trace", () => {
  it.each(KINDS)(
    "of kind $name compiles, and each of its pods runs for its node's time, faster",
    ({ name, stages }) => {
      const { spec } = compiled(name);
      const runtimes = JSON.stringify(spec).match(/"\d+ms"/g) ?? [];
      const longest = Math.max(...stages.map(({ minutes: [, to] }) => (to * 60_000) / TIME_SCALE));
      for (const each of runtimes)
        expect(Number.parseInt(each.slice(1), 10)).toBeLessThanOrEqual(Math.max(longest, 10_000));
      for (const { container, metadata } of spec.templates)
        if (container !== undefined)
          expect(metadata?.annotations?.["orch.dev/simulate-duration"]).toMatch(
            /^(\d+ms|\{\{inputs\.parameters\.e\}\})$/,
          );
    },
  );

  it("is tried again after a pause in the time of the trace", () => {
    const backoffs = compiled("backtest").spec.templates.flatMap(({ retryStrategy }) => retryStrategy?.backoff ?? []);
    expect(backoffs).toContainEqual({ duration: "167ms", factor: 2, cap: "10000ms" });
  });
});

describe("the defaults", () => {
  const [owner] = owners;
  if (owner === undefined) throw new Error("no team");
  const text = (kind: string) => JSON.stringify(POLICIES.defaults.workflow(compiled(kind)));

  it("know no priority and no preference for spot, and keep off spot what asked for it", () => {
    expect(text("backtest")).not.toMatch(/orch-low|priority-class|preferredDuring|"spot"/);
    expect(text("signals")).toMatch(/"orch\.dev\/capacity","operator":"In","values":\["on-demand"\]/);
    expect(text("signals")).not.toMatch(/orch-critical/);
  });

  it("have the same quota as the policy, as one", () => {
    const quotas = (name: "ours" | "defaults") => {
      const cores = JSON.stringify(POLICIES[name].queueObjects(owner)).matchAll(
        /"name":"(cpu|memory|nvidia\.com\/gpu)","nominalQuota":"(\d+)/g,
      );
      const sums: Record<string, number> = {};
      for (const [, resource = "", amount] of cores) sums[resource] = (sums[resource] ?? 0) + Number(amount);
      return sums;
    };
    expect(quotas("defaults")).toEqual(quotas("ours"));
    expect(quotas("ours").cpu).toBeGreaterThan(0);
  });

  it("leave cohort, borrowing, preemption and strategy as Kueue has them", () => {
    const objects = JSON.stringify(POLICIES.defaults.queueObjects(owner));
    expect(objects).not.toMatch(/cohort|borrowing|lending|preemption|queueingStrategy|fairSharing|fungibility/i);
  });
});
