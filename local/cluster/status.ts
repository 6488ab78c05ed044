import type { EnvironmentStatus, ProcessReport } from "./model.ts";
import { isAlive } from "./process-identity.ts";
import { type EnvironmentRecord, type ProcessRecord, readRecord, stateFolder } from "./state-folder.ts";
import { remains } from "./stop.ts";
import { lastLines } from "./supervisor/last-lines.ts";

/** What runs in this folder, looked up now: a process that is gone is reported so, whatever the record says. */
export function environmentStatus(stateDir: string): EnvironmentStatus {
  const folder = stateFolder(stateDir);
  const record = readRecord(folder);
  if (!record || record.state === "stopped") return { stateDir: folder.root, state: "absent", processes: [] };
  const processes = record.processes.map(report);
  return {
    stateDir: folder.root,
    state: overall(record, processes),
    kubeconfig: folder.kubeconfig,
    server: record.server,
    startedAt: record.startedAt,
    processes,
  };
}

function overall(record: EnvironmentRecord, processes: readonly ProcessReport[]): EnvironmentStatus["state"] {
  if (!record.supervisor || !isAlive(record.supervisor)) return remains(record).length > 0 ? "remains" : "absent";
  if (processes.some(({ state }) => state === "failed")) return "degraded";
  return record.state === "starting" ? "starting" : "running";
}

function report({ identity, ...process }: ProcessRecord): ProcessReport {
  const running = process.state === "starting" || process.state === "ready";
  if (!running || (identity && isAlive(identity))) return { ...process, pid: identity?.pid };
  return {
    ...process,
    state: "failed",
    failure: {
      process: process.name,
      reason: "it is gone",
      at: new Date().toISOString(),
      lastLines: lastLines(process.log),
    },
  };
}
