import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { planLocalNodes } from "../../components/cluster/pools.ts";
import { UserError } from "../../submission/spec/user-error.ts";
import { hostMemory, memoryShares, requireHost } from "./host.ts";
import { DEFAULT_WORKFLOW_CONTROLLER, type Environment, type EnvironmentOptions, type ProcessReport } from "./model.ts";
import { isAlive } from "./process-identity.ts";
import {
  claimFolder,
  createStateFolder,
  readRecord,
  removeStateFolder,
  stateFolder,
  writePrivate,
} from "./state-folder.ts";
import { environmentStatus } from "./status.ts";
import { endRemains, stopEnvironment } from "./stop.ts";
import type { Order, Report, SupervisorSettings } from "./supervisor/messages.ts";

const CONTROLLER_TIMEOUT = 60_000;

/**
 * Starts etcd, the control plane, the simulated nodes, and the controllers as far as their CRDs exist.
 * What a stopped environment of the same folder knew is there again. Throws `UserError` when one runs there already,
 * or when a process does not start (with the end of its log); the signal's reason when it is aborted. After either
 * nothing is left running.
 */
export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const began = Date.now();
  requireHost();
  const folder = stateFolder(options.stateDir);
  createStateFolder(folder);
  const release = claimFolder(folder);
  try {
    refuseRunning(folder.root);
    await endRemains(folder);
    const settingsFile = join(folder.root, "supervisor.json");
    writePrivate(settingsFile, JSON.stringify(settings(options), null, 2));
    const supervisor = launch(settingsFile, folder.log("supervisor"));
    await becomeReady(supervisor, options);
    const lifetime = options.lifetime ?? "attached";
    if (lifetime === "detached") {
      await new Promise((sent) => supervisor.send({ kind: "release" } satisfies Order, sent));
      supervisor.disconnect();
    }
    supervisor.unref();
    supervisor.channel?.unref();
    return environment(options.stateDir, Date.now() - began);
  } finally {
    release();
  }
}

function environment(stateDir: string, startMillis: number): Environment {
  const folder = stateFolder(stateDir);
  return {
    stateDir: folder.root,
    kubeconfig: folder.kubeconfig,
    server: readRecord(folder)?.server ?? "",
    startMillis,
    status: () => environmentStatus(stateDir),
    stop: () => stopEnvironment(stateDir),
    waitForProcesses: (names, timeoutMillis) => waitForProcesses(stateDir, names, timeoutMillis),
  };
}

/** Waits until all these processes are ready. Throws `UserError` when one failed or the time is over. */
export async function waitForProcesses(
  stateDir: string,
  names: readonly string[],
  timeoutMillis = CONTROLLER_TIMEOUT,
): Promise<void> {
  const deadline = Date.now() + timeoutMillis;
  for (;;) {
    const status = environmentStatus(stateDir);
    const wanted = status.processes.filter(({ name }) => names.includes(name));
    if (wanted.length === names.length && wanted.every(({ state }) => state === "ready")) return;
    const failed = wanted.find(({ state }) => state === "failed");
    if (failed || Date.now() > deadline) throw notReady(failed ?? wanted.find(({ state }) => state !== "ready"), names);
    await delay(100);
  }
}

function notReady(process: ProcessReport | undefined, names: readonly string[]): UserError {
  if (!process) return new UserError(`No process ${names.join(", ")} in this environment.`, { exitCode: 2 });
  const { failure } = process;
  const why = failure
    ? [`${process.name} ended by itself (${failure.reason}):`, ...failure.lastLines.map((line) => `  ${line}`)]
    : [`${process.name} is not ready${process.waitingFor ? `: it waits for ${process.waitingFor}` : ""}.`];
  return new UserError(why.join("\n"), { hint: `Its log: ${process.log}`, exitCode: 2 });
}

function refuseRunning(stateDir: string): void {
  const record = readRecord(stateFolder(stateDir));
  if (!record?.supervisor || !isAlive(record.supervisor)) return;
  throw new UserError(`An environment runs already in ${stateDir}, since ${record.startedAt}, at ${record.server}.`, {
    hint: "Use it, or end it with `orch local stop`.",
    exitCode: 2,
  });
}

function settings(options: EnvironmentOptions): SupervisorSettings {
  return {
    stateDir: stateFolder(options.stateDir).root,
    resourceConcurrency: options.resourceConcurrency ?? 32,
    memory: memoryShares(hostMemory()),
    podsReadySeconds: options.podsReadySeconds,
    tools: { ...options.tools },
    workflowController: { ...DEFAULT_WORKFLOW_CONTROLLER, ...options.workflowController },
    nodes: (options.nodes ?? planLocalNodes()).map(({ name, labels, taints, capacity, allocatable }) => ({
      name,
      labels: { ...labels },
      taints: taints.map((taint) => ({ ...taint })),
      capacity: { ...capacity },
      allocatable: { ...allocatable },
    })),
  };
}

function launch(settingsFile: string, log: string): ChildProcess {
  const output = openSync(log, "w", 0o600);
  try {
    return fork(fileURLToPath(new URL("./supervisor/main.ts", import.meta.url)), [settingsFile], {
      // A session of its own: Ctrl-C on the terminal reaches the starter only, which ends things in order.
      detached: true,
      stdio: ["ignore", output, output, "ipc"],
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
  } finally {
    closeSync(output);
  }
}

/** Settles when the supervisor is ready or gone: after a failure or an interrupt nothing of the start is left. */
function becomeReady(supervisor: ChildProcess, options: EnvironmentOptions): Promise<void> {
  const { signal, onEvent } = options;
  const interrupt = (): void => {
    if (supervisor.connected) supervisor.send({ kind: "stop" } satisfies Order);
  };
  let failure: string | undefined;
  return new Promise<void>((resolve, reject) => {
    supervisor.on("message", (report: Report) => {
      if (report.kind === "event") onEvent?.(report.event);
      else if (report.kind === "startFailed") failure = report.message;
      else resolve();
    });
    supervisor.once("error", reject);
    supervisor.once("exit", (code, exitSignal) => {
      if (signal?.aborted) reject(signal.reason);
      else reject(startFailed(failure ?? `Its supervisor ended (${exitSignal ?? `exit code ${code}`}).`, options));
    });
    signal?.addEventListener("abort", interrupt, { once: true });
    if (signal?.aborted) interrupt();
  }).finally(() => signal?.removeEventListener("abort", interrupt));
}

function startFailed(why: string, { stateDir }: EnvironmentOptions): UserError {
  return new UserError(`The embedded environment did not start.\n${why}`, {
    hint: `Logs: ${stateFolder(stateDir).logs}`,
    exitCode: 2,
  });
}

/** Ends what runs in the folder and removes everything the environment wrote there. */
export async function resetEnvironment(stateDir: string): Promise<void> {
  await stopEnvironment(stateDir);
  removeStateFolder(stateFolder(stateDir));
}
