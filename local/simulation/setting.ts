import type { LocalNodeCounts } from "../../components/cluster/pools.ts";
import type { Kind } from "./trace.ts";

/**
 * What is simulated. All of it was fixed before the first run of a policy, from the machines and the offered load alone, and stays as it
 * is while policies are tuned: a trace that is changed until its policy looks good shows nothing.
 */

/**
 * Seconds of the trace that pass in one second: two minutes, the wait that is aimed at, are four seconds, several times what it takes
 * the control plane to get one pod from its creation to a machine on two cores (the report says how long that took).
 */
export const TIME_SCALE = 30;

/** Minutes in which work arrives: the end of a night, and a morning. */
export const ARRIVAL_MINUTES = 90;

/** Data of the night has landed, and everybody starts at once. Minutes of the trace. */
export const MORNING = { from: 30, to: 50 } as const;

/** Minutes after the last arrival, when what has not ended is counted as it stands: as long as the longest node runs. */
export const DRAIN_MINUTES = 40;

/**
 * How long Argo leaves a changed Workflow: its own default, in the time of the trace, with and without the policy. What the platform's
 * shorter one is worth is measured where time is not scaled (`test/bench/run-on-cluster.ts`).
 */
export const ARGO_REQUEUE_SECONDS = 10;

/** 101 machines, nearly four fifths of them spot, in three zones: the shapes that the platform buys (32 cores; 48 cores with 4 GPUs). */
export const NODE_COUNTS: LocalNodeCounts = { cpu: 10, cpu_spot: 34, gpu: 12, gpu_spot: 42, system: 3 };

/** The part of the machines that quotas hand out: pods of several sizes never fill every machine to the last core. */
export const QUOTA_PART = 0.94;

/** Each team's part of every pool. With the policy it may borrow as much again. */
export const TEAMS = { research: 0.5, features: 0.2, execution: 0.3 } as const;
export type TeamName = keyof typeof TEAMS;

/** How often machines of a spot pool are taken back, how many at once, all of one zone, and when as many are there again. */
export const INTERRUPTIONS = {
  cpu_spot: { perHour: 3, nodes: [2, 4], awayMinutes: [6, 10] },
  gpu_spot: { perHour: 2, nodes: [1, 3], awayMinutes: [6, 10] },
} as const;

/**
 * What arrives. Sizes are those that divide a machine (a whole, a half, a quarter of 32 cores; 1, 2 or 4 GPUs), as people choose them.
 * Rates make the offered load about half of the capacity at night and 85 to 95 percent of it at the height of the morning, and research
 * alone then asks for more than its own quota.
 */
export const KINDS: readonly Kind[] = [
  {
    name: "backtest",
    team: "research",
    qos: "spot_ok",
    priority: "low",
    perHour: { before: 10, morning: 27, after: 8 },
    stages: [
      { name: "prepare", width: [1, 1], cpu: 3.9, memory: 12, gpu: 0, minutes: [2, 4] },
      { name: "shard", width: [5, 8], cpu: 15.8, memory: 48, gpu: 0, minutes: [12, 24] },
      { name: "report", width: [1, 1], cpu: 3.9, memory: 12, gpu: 0, minutes: [2, 3] },
    ],
  },
  {
    name: "training",
    team: "research",
    qos: "spot_ok",
    priority: "normal",
    perHour: { before: 9, morning: 24, after: 8 },
    stages: [
      { name: "prepare", width: [1, 1], cpu: 7.9, memory: 24, gpu: 0, minutes: [4, 6] },
      { name: "train", width: [2, 4], cpu: 46, memory: 160, gpu: 4, minutes: [25, 40] },
      { name: "evaluate", width: [1, 1], cpu: 11, memory: 40, gpu: 1, minutes: [4, 6] },
    ],
  },
  {
    name: "features",
    team: "features",
    qos: "spot_ok",
    priority: "normal",
    perHour: { before: 18, morning: 24, after: 18 },
    stages: [
      { name: "extract", width: [2, 2], cpu: 15.8, memory: 48, gpu: 0, minutes: [5, 8] },
      { name: "transform", width: [2, 2], cpu: 15.8, memory: 48, gpu: 0, minutes: [8, 14] },
      { name: "publish", width: [1, 1], cpu: 3.9, memory: 12, gpu: 0, minutes: [2, 3] },
    ],
  },
  {
    name: "embeddings",
    team: "features",
    qos: "spot_ok",
    priority: "normal",
    perHour: { before: 12, morning: 15, after: 12 },
    stages: [{ name: "embed", width: [2, 4], cpu: 23, memory: 80, gpu: 2, minutes: [10, 20] }],
  },
  {
    name: "replay",
    team: "execution",
    qos: "spot_ok",
    priority: "high",
    perHour: { before: 6, morning: 12, after: 6 },
    stages: [
      { name: "replay", width: [4, 6], cpu: 15.8, memory: 48, gpu: 0, minutes: [8, 14] },
      { name: "summary", width: [1, 1], cpu: 3.9, memory: 12, gpu: 0, minutes: [2, 3] },
    ],
  },
  {
    name: "calibration",
    team: "execution",
    qos: "spot_ok",
    priority: "normal",
    perHour: { before: 5, morning: 9, after: 5 },
    stages: [{ name: "calibrate", width: [2, 2], cpu: 46, memory: 160, gpu: 4, minutes: [20, 30] }],
  },
  {
    name: "refit",
    team: "execution",
    qos: "on_demand",
    priority: "high",
    perHour: { before: 4, morning: 6, after: 4 },
    stages: [{ name: "refit", width: [2, 2], cpu: 23, memory: 80, gpu: 2, minutes: [15, 25] }],
  },
  {
    name: "signals",
    team: "execution",
    qos: "latency_critical",
    priority: "critical",
    perHour: { before: 12, morning: 12, after: 12 },
    stages: [
      { name: "signal", width: [2, 2], cpu: 7.9, memory: 24, gpu: 0, minutes: [2, 3] },
      { name: "orders", width: [1, 1], cpu: 3.9, memory: 12, gpu: 0, minutes: [2, 3] },
    ],
  },
];
