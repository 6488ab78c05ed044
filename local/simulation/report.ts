import { CAPACITY_LABEL, GPU_RESOURCE } from "../../components/cluster/constants.ts";
import type { SimulatedNode } from "../cluster/index.ts";
import { classOf, shortest, sizeOf, type WorkClass } from "./load.ts";
import type { Observed } from "./playback.ts";
import { packing, quantile, type Span } from "./statistics.ts";
import type { Arrival, Qos, Trace, TraceNode } from "./trace.ts";
import { submissionId } from "./workflow.ts";

/** Times are minutes of the trace. */
export interface Report {
  readonly policy: string;
  readonly queueWait: Wait;
  /** What a wait was for: Kueue's admission (quota, and other teams' turn), and then a machine. */
  readonly waitFor: { readonly admission: Percentiles; readonly machine: Percentiles };
  /**
   * By how much pods ran longer than the trace says: the delay of the control plane itself, under the load of the trace, since nothing of
   * the schedule is in it.
   */
  readonly drift: Percentiles;
  /** By team, class and qos. */
  readonly waits: readonly GroupWait[];
  readonly spotShare: SpotShare;
  /** GPUs in use, of those of the machines on which any is: 1 when no GPU is stranded on a machine that is part full. */
  readonly gpuPacking: number | undefined;
  /** Times work gave way, by what Kueue calls the reason. */
  readonly preemptions: Readonly<Record<string, number>>;
  /** Attempts that had begun and were lost: to preemption or with a machine. */
  readonly lostAttempts: number;
  /** Machine minutes of those attempts, of all machine minutes that were used. */
  readonly lostShare: number;
  /** From the first arrival to the last end. */
  readonly makespan: number;
  /** How much longer DAGs took than their longest way through. */
  readonly stretch: Percentiles | undefined;
  readonly dags: {
    readonly arrived: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly unfinished: number;
  };
}

/** From the creation of a node's pod to its start; each attempt counts. What had not started at the end has waited until then. */
export interface Wait {
  readonly attempts: number;
  readonly p50: number;
  readonly p95: number;
  readonly notStarted: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

export interface GroupWait extends Wait {
  readonly team: string;
  readonly workClass: WorkClass;
  readonly qos: Qos;
}

/** The part of the work that may be on spot (`spot_ok`) that was: of core minutes, GPU minutes, and machine minutes of both. */
export interface SpotShare {
  readonly cpu: number | undefined;
  readonly gpu: number | undefined;
  readonly both: number | undefined;
}

interface Run {
  readonly arrival: Arrival;
  readonly node: TraceNode;
  readonly createdAt: number;
  readonly admittedAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number;
  readonly succeeded: boolean;
  readonly lost: boolean;
  readonly machine: SimulatedNode | undefined;
}

export interface ReportInput {
  readonly trace: Pick<Trace, "arrivals">;
  readonly observed: Observed;
  readonly machines: readonly SimulatedNode[];
  readonly prefix: string;
}

/** What was seen, in the words of the trace. Pure. */
export function report({ trace, observed, machines, prefix }: ReportInput): Report {
  const arrivals = new Map(trace.arrivals.map((arrival) => [submissionId(prefix, arrival), arrival]));
  const runs = runsOf(observed, arrivals, machines);
  const used = sum(runs.map(machineMinutes));
  const lost = runs.filter((run) => run.lost && run.startedAt !== undefined);
  const minutes = (millis: number) => (millis * observed.scale) / 60_000;
  const ends = new Map(observed.dags.map((dag) => [dag.submission, dag]));
  const succeeded = observed.dags.filter((dag) => dag.succeeded && arrivals.has(dag.submission));
  const stretches = succeeded.flatMap(({ submission, endedAt }) => {
    const arrival = arrivals.get(submission);
    return arrival === undefined ? [] : [(minutes(endedAt) - arrival.at) / shortest(arrival)];
  });
  const finished = [...arrivals.keys()].filter((id) => ends.has(id)).length;
  return {
    policy: observed.policy,
    queueWait: waitOf(runs),
    waitFor: {
      admission: percentiles(runs.map(({ createdAt, admittedAt, endedAt }) => (admittedAt ?? endedAt) - createdAt)),
      machine: percentiles(
        runs.flatMap(({ admittedAt, startedAt, endedAt }) =>
          admittedAt === undefined ? [] : [(startedAt ?? endedAt) - admittedAt],
        ),
      ),
    },
    drift: percentiles(runs.flatMap(driftOf)),
    waits: groupsOf(runs),
    spotShare: spotShareOf(runs),
    gpuPacking: packing(
      runs.flatMap((run) =>
        run.node.gpu > 0 && run.machine !== undefined && run.startedAt !== undefined
          ? [{ machine: run.machine.name, size: run.node.gpu, from: run.startedAt, to: run.endedAt } satisfies Span]
          : [],
      ),
      (machine) => Number(machines.find(({ name }) => name === machine)?.capacity[GPU_RESOURCE] ?? 0),
    ),
    preemptions: countBy(observed.preemptions, reasonOf),
    lostAttempts: lost.length,
    lostShare: used === 0 ? 0 : sum(lost.map(machineMinutes)) / used,
    makespan:
      minutes(
        Math.max(0, ...(finished === arrivals.size ? observed.dags.map(({ endedAt }) => endedAt) : [observed.endedAt])),
      ) - Math.min(...trace.arrivals.map(({ at }) => at)),
    stretch: stretches.length === 0 ? undefined : percentiles(stretches),
    dags: {
      arrived: arrivals.size,
      succeeded: succeeded.length,
      failed: finished - succeeded.length,
      unfinished: arrivals.size - finished,
    },
  };
}

function runsOf(observed: Observed, arrivals: ReadonlyMap<string, Arrival>, machines: readonly SimulatedNode[]): Run[] {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const minutes = (millis: number) => (millis * observed.scale) / 60_000;
  return observed.attempts.flatMap((attempt) => {
    const arrival = arrivals.get(attempt.submission);
    const node = arrival?.nodes.find(({ id }) => id === attempt.node);
    if (arrival === undefined || node === undefined) return [];
    return [
      {
        arrival,
        node,
        createdAt: minutes(attempt.createdAt),
        admittedAt: attempt.admittedAt === undefined ? undefined : minutes(attempt.admittedAt),
        startedAt: attempt.startedAt === undefined ? undefined : minutes(attempt.startedAt),
        endedAt: minutes(attempt.endedAt ?? observed.endedAt),
        succeeded: attempt.outcome === "succeeded",
        lost: attempt.outcome === "lost",
        machine: byName.get(attempt.machine ?? ""),
      },
    ];
  });
}

function waitOf(runs: readonly Run[]): Wait {
  const waits = runs.map(({ createdAt, startedAt, endedAt }) => (startedAt ?? endedAt) - createdAt);
  return {
    attempts: runs.length,
    ...percentiles(waits),
    notStarted: runs.filter(({ startedAt }) => startedAt === undefined).length,
  };
}

const percentiles = (values: readonly number[]): Percentiles => ({
  p50: quantile(values, 0.5),
  p95: quantile(values, 0.95),
});

function groupsOf(runs: readonly Run[]): GroupWait[] {
  const key = ({ arrival, node }: Run) => `${arrival.team}/${classOf(node)}/${arrival.qos}`;
  return [...Map.groupBy(runs, key)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const { arrival, node } = first;
      return [{ team: arrival.team, workClass: classOf(node), qos: arrival.qos, ...waitOf(group) }];
    });
}

function spotShareOf(runs: readonly Run[]): SpotShare {
  const batch = runs.filter(({ arrival, machine }) => arrival.qos === "spot_ok" && machine !== undefined);
  const share = (of: readonly Run[], weight: (run: Run) => number) => {
    const all = sum(of.map(weight));
    const spot = of.filter(({ machine }) => machine?.labels[CAPACITY_LABEL] === "spot");
    return all === 0 ? undefined : sum(spot.map(weight)) / all;
  };
  const inClass = (workClass: WorkClass) => batch.filter(({ node }) => classOf(node) === workClass);
  const amount = (run: Run) => sizeOf(run.node) * ranFor(run);
  return { cpu: share(inClass("cpu"), amount), gpu: share(inClass("gpu"), amount), both: share(batch, machineMinutes) };
}

const ranFor = ({ startedAt, endedAt }: Run): number => (startedAt === undefined ? 0 : endedAt - startedAt);

const driftOf = (run: Run): number[] =>
  run.succeeded && run.startedAt !== undefined ? [ranFor(run) - run.node.minutes] : [];

/** The part of its machine that it took, for as long as it ran. */
function machineMinutes(run: Run): number {
  const { capacity } = run.machine ?? {};
  const whole = Number(capacity?.[run.node.gpu > 0 ? GPU_RESOURCE : "cpu"] ?? 0);
  return whole === 0 ? 0 : (sizeOf(run.node) / whole) * ranFor(run);
}

/** Kueue's own words for why, e.g. `reclamation within the cohort`. */
const reasonOf = (message: string): string =>
  /due to ([^;(.]+?)(?:;|\(|\.|$)/.exec(message)?.[1]?.trim() ?? "another reason";

function countBy(values: readonly string[], key: (value: string) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[key(value)] = (counts[key(value)] ?? 0) + 1;
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
