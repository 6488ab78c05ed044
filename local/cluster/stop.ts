import { setTimeout as delay } from "node:timers/promises";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { type EnvironmentRecord, readRecord, type StateFolder, stateFolder, writeRecord } from "./state-folder.ts";

/** All graces of an ordered stop together, with room for a busy machine. */
const ORDERED_STOP_MILLIS = 30_000;

/**
 * Ends every process of the environment and returns when none is left; what it stored stays. Fine when nothing runs.
 */
export async function stopEnvironment(stateDir: string): Promise<void> {
  const folder = stateFolder(stateDir);
  const record = readRecord(folder);
  if (!record) return;
  if (record.supervisor && signalProcess(record.supervisor, "SIGTERM")) {
    await gone([record.supervisor], ORDERED_STOP_MILLIS);
    if (isAlive(record.supervisor)) signalProcess(record.supervisor, "SIGKILL");
  }
  await endRemains(folder);
}

/** Ends what an environment left behind whose supervisor is gone. A process is known by its start time, never by its pid alone. */
export async function endRemains(folder: StateFolder): Promise<void> {
  const record = readRecord(folder);
  if (!record || record.state === "stopped") return;
  const left = remains(record);
  for (const identity of left) signalProcess(identity, "SIGKILL");
  await gone(left, 5_000);
  writeRecord(folder, {
    ...record,
    supervisor: undefined,
    state: "stopped",
    processes: record.processes.map(({ identity: _, failure: __, ...process }) => ({ ...process, state: "stopped" })),
  });
}

export function remains(record: EnvironmentRecord): ProcessIdentity[] {
  return record.processes.flatMap(({ identity }) => (identity && isAlive(identity) ? [identity] : []));
}

async function gone(identities: readonly ProcessIdentity[], timeoutMillis: number): Promise<void> {
  const deadline = Date.now() + timeoutMillis;
  while (identities.some(isAlive) && Date.now() < deadline) await delay(25);
}
