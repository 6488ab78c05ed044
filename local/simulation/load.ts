import { allocatable, type NodePool, POOLS } from "../../components/cluster/pools.ts";
import { NODE_COUNTS } from "./setting.ts";
import type { Arrival, Trace, TraceNode } from "./trace.ts";

export type WorkClass = "cpu" | "gpu";

/** The resource a class's machines run out of first: cores, or GPUs. */
export const sizeOf = ({ cpu, gpu }: Pick<TraceNode, "cpu" | "gpu">): number => (gpu > 0 ? gpu : cpu);
export const classOf = ({ gpu }: Pick<TraceNode, "gpu">): WorkClass => (gpu > 0 ? "gpu" : "cpu");

/** Cores of all CPU machines, GPUs of all GPU machines. */
export function capacityOf(workClass: WorkClass): number {
  return POOLS.filter((pool: NodePool) => pool.class === workClass)
    .map(
      ({ name, shape }) =>
        (NODE_COUNTS[name] ?? 0) * (workClass === "gpu" ? shape.gpu : allocatable(shape).cpuMillis / 1000),
    )
    .reduce((sum, each) => sum + each, 0);
}

/** What a trace asks for, as if nothing ever waited. */
export interface OfferedLoad {
  /** Of the machines' capacity, on average while work arrives. */
  readonly mean: number;
  /** Of the machines' capacity, the most of any five minutes. */
  readonly peak: number;
  /** The minute at which those five minutes begin. */
  readonly peakAt: number;
}

const WINDOW = 5;

/** Whether a trace can be served at all: where the offered load is above capacity, work waits under every policy. */
export function offeredLoad(
  { arrivals, minutes }: Pick<Trace, "arrivals" | "minutes">,
  workClass: WorkClass,
): OfferedLoad {
  const capacity = capacityOf(workClass);
  const runs = arrivals.flatMap(runsOf).filter(({ node }) => classOf(node) === workClass);
  const asked = (from: number, to: number) =>
    runs.reduce(
      (sum, { node, start, end }) => sum + sizeOf(node) * Math.max(0, Math.min(end, to) - Math.max(start, from)),
      0,
    );
  let peak = 0;
  let peakAt = 0;
  for (let from = 0; from + WINDOW <= minutes; from++) {
    const load = asked(from, from + WINDOW) / (WINDOW * capacity);
    if (load > peak) {
      peak = load;
      peakAt = from;
    }
  }
  return { mean: asked(0, minutes) / (minutes * capacity), peak, peakAt };
}

/** When each node would run if it started as soon as those before it have ended. */
function runsOf({ at, nodes }: Arrival): { node: TraceNode; start: number; end: number }[] {
  const ends = new Map<string, number>();
  return nodes.map((node) => {
    const start = Math.max(at, ...node.after.map((id) => ends.get(id) ?? at));
    const end = start + node.minutes;
    ends.set(node.id, end);
    return { node, start, end };
  });
}

/** The shortest time a DAG can take: its longest way through. */
export const shortest = (arrival: Arrival): number => Math.max(...runsOf(arrival).map(({ end }) => end - arrival.at));
