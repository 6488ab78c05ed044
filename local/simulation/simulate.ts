import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { planLocalNodes } from "../../components/cluster/pools.ts";
import { DEFAULT_WORKFLOW_CONTROLLER, startEnvironment } from "../cluster/index.ts";
import { applyPlatform } from "../engine/index.ts";
import { ensureLocalTools } from "../environment-tools.ts";
import { type OfferedLoad, offeredLoad, type WorkClass } from "./load.ts";
import { type Observed, type PlaybackOptions, type Progress, play } from "./playback.ts";
import { POLICIES, type PolicyName } from "./policy.ts";
import { type Report, report } from "./report.ts";
import { ARGO_REQUEUE_SECONDS, DRAIN_MINUTES, NODE_COUNTS, TIME_SCALE } from "./setting.ts";
import { queueOwners } from "./teams.ts";
import { planTrace, type Trace } from "./trace.ts";

export interface SimulateOptions {
  readonly seed: number;
  readonly policies: readonly PolicyName[];
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  readonly onProgress: (policy: PolicyName, progress: Progress) => void;
}

export interface SimulationResult {
  readonly seed: number;
  readonly setting: {
    readonly minutes: number;
    readonly scale: number;
    readonly machines: number;
    readonly dags: number;
    readonly nodes: number;
    readonly interruptions: number;
    readonly machinesTaken: number;
    readonly offeredLoad: Readonly<Record<WorkClass, OfferedLoad>>;
  };
  /** One for each policy, in the order they were asked for; so are the next two. */
  readonly reports: readonly Report[];
  /** Minutes of the trace from a pod's creation to its start while nothing else goes on. */
  readonly overhead: readonly { readonly p50: number; readonly p95: number }[];
  /** Minutes of the trace by which the latest DAG was created late. */
  readonly lateness: readonly number[];
  readonly wallSeconds: number;
}

const CONTROLLERS = ["workflow-controller", "kueue"] as const;

/** One trace, played for each policy on an environment of its own, so that neither finds what the other left. */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const began = performance.now();
  const trace = planTrace(options.seed);
  const reports: Report[] = [];
  const overhead: { p50: number; p95: number }[] = [];
  const lateness: number[] = [];
  for (const name of options.policies) {
    const { measured, calm } = await onEnvironment(options, (kubeConfig) => played(kubeConfig, trace, name, options));
    reports.push(reportOf(trace, measured, "sim"));
    const { p50, p95 } = reportOf(CALM, calm, "calm").queueWait;
    overhead.push({ p50, p95 });
    lateness.push((measured.latestMillis * TIME_SCALE) / 60_000);
  }
  return {
    seed: options.seed,
    setting: {
      minutes: trace.minutes,
      scale: TIME_SCALE,
      machines: MACHINES.length,
      dags: trace.arrivals.length,
      nodes: trace.arrivals.reduce((sum, { nodes }) => sum + nodes.length, 0),
      interruptions: trace.interruptions.length,
      machinesTaken: trace.interruptions.reduce((sum, { nodes }) => sum + nodes.length, 0),
      offeredLoad: { cpu: offeredLoad(trace, "cpu"), gpu: offeredLoad(trace, "gpu") },
    },
    reports,
    overhead,
    lateness,
    wallSeconds: (performance.now() - began) / 1000,
  };
}

const MACHINES = planLocalNodes(NODE_COUNTS);

const reportOf = (trace: Trace, observed: Observed, prefix: string): Report =>
  report({ trace, observed, machines: MACHINES, prefix });

/** Eight small nodes and nothing else: what is waited for here is the control plane. */
const CALM: Trace = {
  seed: 0,
  minutes: 0,
  interruptions: [],
  arrivals: [
    {
      at: 0,
      name: "calm-1",
      kind: "calm",
      team: "features",
      qos: "spot_ok",
      priority: "normal",
      nodes: [...Array(8).keys()].map((i) => ({ id: `calm${i}`, after: [], cpu: 1, memory: 1, gpu: 0, minutes: 0.5 })),
    },
  ],
};

async function played(
  kubeConfig: KubeConfig,
  trace: Trace,
  name: PolicyName,
  { signal, onProgress }: SimulateOptions,
): Promise<{ measured: Observed; calm: Observed }> {
  const common: Omit<PlaybackOptions, "trace" | "prefix" | "owners"> = {
    kubeConfig,
    policy: POLICIES[name],
    machines: MACHINES,
    scale: TIME_SCALE,
    drainMinutes: DRAIN_MINUTES,
    signal,
  };
  const calm = await play({ ...common, trace: CALM, prefix: "calm", owners: queueOwners("calm") });
  const onTraceProgress = (progress: Progress) => onProgress(name, progress);
  const owners = queueOwners("sim");
  return { calm, measured: await play({ ...common, trace, prefix: "sim", owners, onProgress: onTraceProgress }) };
}

async function onEnvironment<T>(
  { signal, onStep }: SimulateOptions,
  work: (kubeConfig: KubeConfig) => Promise<T>,
): Promise<T> {
  onStep("looking for the tools");
  const tools = await ensureLocalTools({ signal });
  const stateDir = mkdtempSync(join(tmpdir(), "orch-simulation-"));
  try {
    onStep(`starting the control plane and ${MACHINES.length} simulated machines`);
    const environment = await startEnvironment({
      stateDir,
      tools: tools.environment,
      lifetime: "attached",
      nodes: MACHINES,
      workflowController: {
        ...DEFAULT_WORKFLOW_CONTROLLER,
        requeueMillis: Math.round((ARGO_REQUEUE_SECONDS * 1000) / TIME_SCALE),
      },
      signal,
    });
    try {
      onStep("applying the platform stack local");
      await applyPlatform({ stateDir, signal });
      await environment.waitForProcesses(CONTROLLERS);
      signal.throwIfAborted();
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromFile(environment.kubeconfig);
      onStep("playing the trace");
      return await work(kubeConfig);
    } finally {
      await environment.stop();
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}
