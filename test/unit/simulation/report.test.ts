import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planLocalNodes } from "../../../components/cluster/pools.ts";
import type { Observed } from "../../../local/simulation/playback.ts";
import type { Attempt } from "../../../local/simulation/recorder.ts";
import { report } from "../../../local/simulation/report.ts";
import { packing, quantile } from "../../../local/simulation/statistics.ts";
import type { Arrival } from "../../../local/simulation/trace.ts";

const machines = planLocalNodes({ cpu: 1, cpu_spot: 2, gpu: 1, gpu_spot: 2, system: 0 });
const MINUTE = 60_000;

function arrival(name: string, { gpu = 0, cpu = 8, qos = "spot_ok" as Arrival["qos"] } = {}): Arrival {
  const node = { id: "work", after: [], cpu, memory: 1, gpu, minutes: 10 };
  return { at: 0, name, kind: "test", team: "research", qos, priority: "normal", nodes: [node] };
}

function attempt(name: string, waited: number, ran: number, more: Partial<Attempt> = {}): Attempt {
  return {
    submission: `t-${name}`,
    node: "work",
    createdAt: 0,
    startedAt: waited * MINUTE,
    endedAt: (waited + ran) * MINUTE,
    outcome: "succeeded",
    machine: "cpu-spot-0",
    ...more,
  };
}

function reported(arrivals: readonly Arrival[], attempts: readonly Attempt[], more: Partial<Observed> = {}) {
  const dags = arrivals.map(({ name }) => ({ submission: `t-${name}`, succeeded: true, endedAt: 20 * MINUTE }));
  const observed: Observed = {
    policy: "ours",
    scale: 1,
    attempts,
    dags,
    preemptions: [],
    endedAt: 60 * MINUTE,
    latestMillis: 0,
    ...more,
  };
  return report({ trace: { arrivals }, observed, machines, prefix: "t" });
}

describe("the report", () => {
  it("counts the wait from a pod's creation to its start, by team, class and qos", () => {
    const arrivals = [arrival("a"), arrival("b", { qos: "latency_critical" }), arrival("c", { gpu: 2 })];
    const { waits, queueWait } = reported(arrivals, [attempt("a", 4, 10), attempt("b", 1, 10), attempt("c", 9, 10)]);
    expect(waits.map(({ team, workClass, qos, p50 }) => [team, workClass, qos, p50])).toEqual([
      ["research", "cpu", "latency_critical", 1],
      ["research", "cpu", "spot_ok", 4],
      ["research", "gpu", "spot_ok", 9],
    ]);
    expect([queueWait.attempts, queueWait.p50, queueWait.p95]).toEqual([3, 4, 9]);
  });

  it("tells the wait for admission from the one for a machine", () => {
    const { waitFor } = reported([arrival("a")], [attempt("a", 4, 10, { admittedAt: 3 * MINUTE })]);
    expect([waitFor.admission.p95, waitFor.machine.p95]).toEqual([3, 1]);
  });

  it("says by how much pods ran longer than they should, which is no fault of the schedule", () => {
    expect(reported([arrival("a")], [attempt("a", 4, 13)]).drift.p95).toBe(3);
  });

  it("says minutes of the trace, however fast it was played", () => {
    const { queueWait } = reported([arrival("a")], [attempt("a", 4, 10)], { scale: 30 });
    expect(queueWait.p95).toBe(120);
  });

  it("lets what never started have waited until the end", () => {
    const waiting = attempt("a", 0, 0, { startedAt: undefined, endedAt: undefined, outcome: undefined });
    const { queueWait, dags } = reported([arrival("a")], [waiting], { dags: [] });
    expect([queueWait.p95, queueWait.notStarted, dags.unfinished]).toEqual([60, 1, 1]);
  });

  it("takes the spot share of the work that may be on spot, by how long it ran and how much of a machine it took", () => {
    const arrivals = [arrival("a", { cpu: 16 }), arrival("b", { cpu: 8 }), arrival("c", { qos: "on_demand" })];
    const { spotShare } = reported(arrivals, [
      attempt("a", 0, 10, { machine: "cpu-spot-0" }),
      attempt("b", 0, 10, { machine: "cpu-0" }),
      attempt("c", 0, 99, { machine: "cpu-0" }),
    ]);
    expect(spotShare.cpu).toBeCloseTo(2 / 3);
    expect(spotShare.both).toBeCloseTo(2 / 3);
    expect(spotShare.gpu).toBeUndefined();
  });

  it("counts as lost what had begun, and not what was taken back in the queue", () => {
    const lost = { outcome: "lost", endedAt: 5 * MINUTE } as const;
    const seen = reported(
      [arrival("a")],
      [attempt("a", 0, 5, lost), attempt("a", 0, 0, { ...lost, startedAt: undefined }), attempt("a", 5, 15)],
    );
    expect(seen.lostAttempts).toBe(1);
    expect(seen.lostShare).toBeCloseTo(0.25);
  });

  it("names the reasons of preemptions as Kueue does", () => {
    const text = (reason: string) =>
      `Preempted to accommodate a workload (UID: 1, JobUID: 2) due to ${reason}; preemptor path: /a`;
    const preemptions = [text("reclamation within the cohort"), text("reclamation within the cohort"), "?"];
    expect(reported([arrival("a")], [], { preemptions }).preemptions).toEqual({
      "reclamation within the cohort": 2,
      "another reason": 1,
    });
  });

  it("looks at the simulation's own DAGs alone", () => {
    const other = attempt("a", 0, 10, { submission: "somebody-else" });
    expect(reported([arrival("a")], [other]).queueWait.attempts).toBe(0);
  });

  it("holds for whatever is seen: shares are parts of one, and the 95th of a hundred waits no less than half of them", () => {
    const minute = fc.integer({ min: 0, max: 100 });
    const seen = fc.record({
      gpu: fc.constantFrom(0, 1, 4),
      waited: minute,
      ran: minute,
      machine: fc.constantFrom(...machines.map(({ name }) => name)),
      outcome: fc.constantFrom<Attempt["outcome"][]>("succeeded", "lost", undefined),
    });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 20 }), (all) => {
        const arrivals = all.map(({ gpu }, i) => arrival(`dag${i}`, { gpu }));
        const attempts = all.map(({ waited, ran, ...more }, i) => attempt(`dag${i}`, waited, ran, more));
        const { queueWait, spotShare, lostShare } = reported(arrivals, attempts);
        expect(queueWait.p95).toBeGreaterThanOrEqual(queueWait.p50);
        expect(queueWait.attempts).toBe(all.length);
        for (const share of [lostShare, spotShare.cpu ?? 0, spotShare.gpu ?? 0, spotShare.both ?? 0]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });
});

describe("packing", () => {
  const whole = () => 4;

  it("is whole where machines are full or empty, and a half where four GPUs are spread over two machines", () => {
    const span = (machine: string, size: number) => ({ machine, size, from: 0, to: 10 });
    expect(packing([span("a", 4)], whole)).toBe(1);
    expect(packing([span("a", 2), span("b", 2)], whole)).toBe(0.5);
    expect(packing([], whole)).toBeUndefined();
  });

  it("opens a machine once, however many run on it at a time", () => {
    const spans = [
      { machine: "a", size: 1, from: 0, to: 10 },
      { machine: "a", size: 3, from: 5, to: 10 },
      { machine: "a", size: 4, from: 20, to: 30 },
    ];
    expect(packing(spans, whole)).toBeCloseTo((10 + 15 + 40) / 80);
  });
});

describe("a quantile", () => {
  it("is one of the values, and that part of them does not exceed it", () => {
    const part = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), part, (values, p) => {
        const found = quantile(values, p);
        expect(values).toContain(found);
        expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(p * values.length - 1e-6);
      }),
    );
  });
});
