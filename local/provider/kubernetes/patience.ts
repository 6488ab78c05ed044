import { setTimeout as delay } from "node:timers/promises";

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** A wait is mentioned only when it is long enough for a reader to wonder. */
const MENTION_AFTER_MS = 2_000;

/** How long to keep trying, and what to tell meanwhile. */
export interface Patience {
  signal: AbortSignal;
  /** Milliseconds after which `retry` gives up. */
  timeoutMs: number;
  /** Called when the reason for waiting changes, at the earliest after two seconds. */
  mention(reason: string): void;
}

/** The outcome of one attempt: a value, or why there is none yet. */
export type Attempt<T> = { value: T } | { waitFor: string };

/** The time is up; `reason` is what was waited for last. */
export class OutOfPatience extends Error {
  readonly reason: string;
  constructor(reason: string, timeoutMs: number) {
    super(`${reason} (gave up after ${Math.round(timeoutMs / 1000)} s)`);
    this.name = "OutOfPatience";
    this.reason = reason;
  }
}

/** Tries until there is a value, with growing pauses. */
export async function retry<T>(attempt: () => Promise<Attempt<T>>, patience: Patience): Promise<T> {
  const start = Date.now();
  let mentioned = "";
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.6, LONGEST_PAUSE_MS)) {
    patience.signal.throwIfAborted();
    const outcome = await attempt();
    if ("value" in outcome) return outcome.value;
    const waited = Date.now() - start;
    if (waited >= patience.timeoutMs) throw new OutOfPatience(outcome.waitFor, patience.timeoutMs);
    if (waited >= MENTION_AFTER_MS && outcome.waitFor !== mentioned) {
      mentioned = outcome.waitFor;
      patience.mention(mentioned);
    }
    await delay(Math.min(pause, Math.max(1, patience.timeoutMs - waited)), undefined, { signal: patience.signal });
  }
}
