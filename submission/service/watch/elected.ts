import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { whileLeading } from "../election/election.ts";
import type { Lease } from "../election/lease.ts";
import { OutageLog } from "../outage-log.ts";
import type { RunWatch } from "./index.ts";

export interface ElectedWatchOptions<Stored> {
  readonly lease: Lease<Stored>;
  /** How long others wait for a sign of the one who watches, whole seconds in milliseconds. Default: 15,000. */
  readonly durationMillis?: number | undefined;
  /** Begins a watch; called each time this process is elected. */
  readonly start: () => RunWatch;
  readonly log: (message: string) => void;
}

export interface ElectedWatch {
  /** Undefined while another process watches. */
  readonly watch: RunWatch | undefined;
  /** Stops watching and gives the lease back. */
  close(): Promise<void>;
}

/**
 * Watches runs while no other process does. Whoever takes over begins as after a restart: it lists everything, and tells and
 * writes again what is not at its end, which the audit log takes once.
 */
export function watchElected<Stored>(options: ElectedWatchOptions<Stored>): ElectedWatch {
  const { lease, durationMillis, start, log } = options;
  const stopping = new AbortController();
  const outage = new OutageLog("the lease of the watch", log);
  let watch: RunWatch | undefined;
  const ended = whileLeading(
    {
      lease: {
        read: () => noted(lease.read(), outage),
        replace: (read, terms) => noted(lease.replace(read, terms), outage),
      },
      identity: `${hostname()}-${randomUUID()}`,
      signal: stopping.signal,
      ...(durationMillis === undefined ? {} : { durationMillis }),
      onTrouble: (error) => outage.failed(error),
    },
    async (leading) => {
      log("this process watches the runs from now on");
      watch = start();
      if (!leading.aborted) await once(leading, "abort");
      await watch.close();
      watch = undefined;
      log("this process watches the runs no more");
    },
  );
  return {
    get watch() {
      return watch;
    },
    close: async () => {
      stopping.abort();
      await ended;
    },
  };
}

async function noted<T>(asked: Promise<T>, outage: OutageLog): Promise<T> {
  const answer = await asked;
  outage.worked();
  return answer;
}
