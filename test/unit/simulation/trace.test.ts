import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planLocalNodes } from "../../../components/cluster/pools.ts";
import { capacityOf, offeredLoad, shortest } from "../../../local/simulation/load.ts";
import { ARRIVAL_MINUTES, KINDS, MORNING, NODE_COUNTS } from "../../../local/simulation/setting.ts";
import { minuteOf, planTrace } from "../../../local/simulation/trace.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const property = (check: (seed: number) => void) => fc.assert(fc.property(seeds, check), { numRuns: 30 });

/** DAGs of a kind that are due by a minute. */
const due = ({ perHour: { before, morning, after } }: (typeof KINDS)[number], minute: number) =>
  (Math.min(minute, MORNING.from) * before +
    Math.max(0, Math.min(minute, MORNING.to) - MORNING.from) * morning +
    Math.max(0, minute - MORNING.to) * after) /
  60;

describe("a trace", () => {
  it("is the same for the same seed, and another for another", () => {
    property((seed) => {
      expect(planTrace(seed)).toEqual(planTrace(seed));
      expect(planTrace(seed).arrivals).not.toEqual(planTrace(seed + 1).arrivals);
    });
  });

  it("is in the order of its times, all of which are in it", () => {
    property((seed) => {
      const { arrivals, interruptions, minutes } = planTrace(seed);
      for (const times of [arrivals.map(({ at }) => at), interruptions.map(({ at }) => at)]) {
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.every((at) => at >= 0 && at < minutes)).toBe(true);
      }
    });
  });

  it("has as many DAGs of each kind as its rates say, at each time, but for one that may be early or late", () => {
    property((seed) => {
      const { arrivals } = planTrace(seed);
      for (const kind of KINDS) {
        const times = arrivals.filter((arrival) => arrival.kind === kind.name).map(({ at }) => at);
        for (let minute = 0; minute <= ARRIVAL_MINUTES; minute += 5) {
          const came = times.filter((at) => at < minute).length;
          expect(Math.abs(came - due(kind, minute))).toBeLessThanOrEqual(1);
        }
      }
    });
  });

  it("says when so many DAGs are due", () => {
    for (const kind of KINDS)
      for (const count of [0, 0.5, 1, 5, 9.25]) expect(due(kind, minuteOf(kind, count))).toBeCloseTo(count, 6);
  });

  it("gives each DAG nodes that wait for nodes before them, and names that nothing else has", () => {
    property((seed) => {
      const { arrivals } = planTrace(seed);
      expect(new Set(arrivals.map(({ name }) => name)).size).toBe(arrivals.length);
      for (const arrival of arrivals) {
        const known = new Set<string>();
        for (const { id, after } of arrival.nodes) {
          expect(after.every((before) => known.has(before))).toBe(true);
          expect(known.has(id)).toBe(false);
          known.add(id);
        }
        expect(shortest(arrival)).toBeGreaterThan(0);
      }
    });
  });

  it("takes spot machines of one zone, none of which is away already", () => {
    const machines = new Map(planLocalNodes(NODE_COUNTS).map((machine) => [machine.name, machine]));
    property((seed) => {
      const back = new Map<string, number>();
      for (const { at, zone, nodes, backAt } of planTrace(seed).interruptions) {
        expect(nodes.length).toBeGreaterThan(0);
        for (const name of nodes) {
          expect(machines.get(name)?.labels).toMatchObject({
            "orch.dev/capacity": "spot",
            "topology.kubernetes.io/zone": zone,
          });
          expect(back.get(name) ?? 0).toBeLessThanOrEqual(at);
          back.set(name, backAt);
        }
      }
    });
  });

  it("asks for no more than there is, whatever the seed, and in the morning for most of it", () => {
    property((seed) => {
      const trace = planTrace(seed);
      for (const workClass of ["cpu", "gpu"] as const) {
        const { mean, peak, peakAt } = offeredLoad(trace, workClass);
        expect(peak).toBeGreaterThan(0.6);
        expect(peak).toBeLessThan(1.1);
        expect(mean).toBeLessThan(0.6);
        expect(peakAt).toBeGreaterThanOrEqual(MORNING.from);
      }
    });
  });
});

describe("the offered load", () => {
  it("is the work's time on the machines it needs, of all of them", () => {
    const cores = capacityOf("cpu") / 2;
    const node = { id: "a", after: [], cpu: cores, memory: 1, gpu: 0, minutes: 10 };
    const arrival = { at: 0, name: "a-1", kind: "a", team: "research", qos: "spot_ok", priority: "low" } as const;
    const nodes = [node, { ...node, id: "b", after: ["a"] }];
    const load = offeredLoad({ arrivals: [{ ...arrival, nodes }], minutes: 40 }, "cpu");
    expect(load.mean).toBeCloseTo(0.25);
    expect(load.peak).toBeCloseTo(0.5);
    expect(shortest({ ...arrival, nodes })).toBe(20);
  });
});
