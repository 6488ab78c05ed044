import { readFileSync } from "node:fs";

/**
 * A process that can be told from a later one with the same number: a pid is reused, a pid with its start time and
 * boot is not.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, as the kernel counts them, with the boot's id. */
  readonly started: string;
}

/** Undefined when no such process runs (a zombie has ended: only its parent has not looked yet). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command name stands in parentheses and may hold blanks and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { pid, started: `${fields[19]}@${bootId()}` };
  } catch {
    return undefined;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** Sends the signal if this very process still runs; true when it was sent. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

let cachedBootId: string | undefined;

function bootId(): string {
  cachedBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().slice(0, 8);
  return cachedBootId;
}
