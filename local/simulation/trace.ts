import { planLocalNodes } from "../../components/cluster/pools.ts";
import type { DagNode, Submission } from "../../submission/spec/index.ts";
import { Stream } from "./random.ts";
import { ARRIVAL_MINUTES, INTERRUPTIONS, KINDS, MORNING, NODE_COUNTS, type TeamName } from "./setting.ts";

export type Qos = DagNode["qos"];
export type Priority = Submission["priority"];
type Range = readonly [from: number, to: number];

/** A kind of DAG: stages one after the other, each of nodes that run side by side; every node waits for all of the stage before. */
export interface Kind {
  readonly name: string;
  readonly team: TeamName;
  readonly qos: Qos;
  readonly priority: Priority;
  /** DAGs per hour, by the time of day. */
  readonly perHour: { readonly before: number; readonly morning: number; readonly after: number };
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  /** Nodes. */
  readonly width: Range;
  /** Cores, GiB, GPUs of each node. */
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  /** How long a node runs. */
  readonly minutes: Range;
}

/** Times and durations are minutes of the trace. */
export interface Trace {
  readonly seed: number;
  /** Work arrives from 0 to here. */
  readonly minutes: number;
  /** In the order of their time. */
  readonly arrivals: readonly Arrival[];
  /** In the order of their time. */
  readonly interruptions: readonly Interruption[];
}

export interface Arrival {
  readonly at: number;
  /** Name of the DAG, e.g. `backtest-7`. */
  readonly name: string;
  readonly kind: string;
  readonly team: TeamName;
  readonly qos: Qos;
  readonly priority: Priority;
  /** Those of a stage stand together, after those of the stage before. */
  readonly nodes: readonly TraceNode[];
}

export interface TraceNode {
  readonly id: string;
  /** Ids of the nodes it waits for. */
  readonly after: readonly string[];
  readonly cpu: number;
  readonly memory: number;
  readonly gpu: number;
  readonly minutes: number;
}

/** Spot machines of one zone that are taken back at once. */
export interface Interruption {
  readonly at: number;
  readonly zone: string;
  readonly nodes: readonly string[];
  /** When as many are there again. */
  readonly backAt: number;
}

/** The same seed gives the same trace. */
export function planTrace(seed: number): Trace {
  return {
    seed,
    minutes: ARRIVAL_MINUTES,
    arrivals: KINDS.flatMap((kind) => arrivalsOf(kind, seed)).sort(byTime),
    interruptions: interruptionsOf(seed).sort(byTime),
  };
}

const byTime = (a: { readonly at: number }, b: { readonly at: number }) => a.at - b.at;

/**
 * One DAG in each stretch of time in which one is due, at a random time in it. Independent arrivals would make some seeds ask for twice as
 * much as others, and for more than there are machines.
 */
function arrivalsOf(kind: Kind, seed: number): Arrival[] {
  const times = new Stream(seed, `${kind.name}/times`);
  const shapes = new Stream(seed, `${kind.name}/shapes`);
  const arrivals: Arrival[] = [];
  for (;;) {
    const at = minuteOf(kind, arrivals.length + times.unit());
    if (at >= ARRIVAL_MINUTES) return arrivals;
    const { name, team, qos, priority } = kind;
    const nodes = nodesOf(kind.stages, shapes);
    arrivals.push({ at, name: `${name}-${arrivals.length + 1}`, kind: name, team, qos, priority, nodes });
  }
}

/** When so many DAGs of a kind are due. */
export function minuteOf({ perHour }: Pick<Kind, "perHour">, count: number): number {
  const before = (MORNING.from * perHour.before) / 60;
  const morning = ((MORNING.to - MORNING.from) * perHour.morning) / 60;
  if (count < before) return (count * 60) / perHour.before;
  if (count < before + morning) return MORNING.from + ((count - before) * 60) / perHour.morning;
  return MORNING.to + ((count - before - morning) * 60) / perHour.after;
}

function nodesOf(stages: readonly Stage[], shapes: Stream): TraceNode[] {
  const nodes: TraceNode[] = [];
  let before: string[] = [];
  for (const { name, width, cpu, memory, gpu, minutes } of stages) {
    const ids = [...Array(shapes.whole(width)).keys()].map((i) => `${name}${i + 1}`);
    for (const id of ids) nodes.push({ id, after: before, cpu, memory, gpu, minutes: shapes.between(minutes) });
    before = ids;
  }
  return nodes;
}

function interruptionsOf(seed: number): Interruption[] {
  const machines = planLocalNodes(NODE_COUNTS);
  return Object.entries(INTERRUPTIONS).flatMap(([pool, { perHour, nodes, awayMinutes }]) => {
    const stream = new Stream(seed, `${pool}/interruptions`);
    const own = machines.filter((machine) => machine.pool === pool);
    const zones = [...new Set(own.map(zoneOf))];
    const interruptions: Interruption[] = [];
    // One machine is not taken twice at once: the next interruption comes when the last one is over.
    for (let at = stream.pause(perHour / 60); at < ARRIVAL_MINUTES; ) {
      const [zone = ""] = stream.some(zones, 1);
      const taken = stream.some(
        own.filter((machine) => zoneOf(machine) === zone),
        stream.whole(nodes),
      );
      const backAt = at + stream.between(awayMinutes);
      interruptions.push({ at, zone, nodes: taken.map(({ name }) => name), backAt });
      at = backAt + stream.pause(perHour / 60);
    }
    return interruptions;
  });
}

const zoneOf = ({ labels }: { readonly labels: Readonly<Record<string, string>> }) =>
  labels["topology.kubernetes.io/zone"] ?? "";
