import { setTimeout as delay } from "node:timers/promises";
import type { HeldLease, Lease } from "./lease.ts";

export interface ElectionOptions<Stored> {
  readonly lease: Lease<Stored>;
  /** Of this process alone, also among those that had its place before. */
  readonly identity: string;
  /** Ends the candidacy, and gives the lease back. */
  readonly signal: AbortSignal;
  /** How long others wait for a sign of the one who leads, whole seconds in milliseconds. Default: 15,000. */
  readonly durationMillis?: number;
  /** The lease cannot be read or renewed; it is tried again. */
  readonly onTrouble?: (error: unknown) => void;
}

const DURATION_MILLIS = 15_000;

/**
 * Leads whenever nobody else does: runs `lead` until the signal it is given aborts, waits for its end, and stands again. Of all
 * who share a lease one leads at a time.
 *
 * Nobody trusts another's clock: a lease is given up on when it was seen unchanged for its whole duration, by the own monotonic clock,
 * while its holder counts from before it asked for the renewal and stops when two thirds are over. Only a process that stood still
 * meanwhile (a paused machine) can go on for a moment too long; what it does then must be harmless when done twice.
 */
export async function whileLeading<Stored>(
  options: ElectionOptions<Stored>,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!options.signal.aborted) {
    const won = await win(options);
    if (won !== undefined) await hold(options, won, lead);
  }
}

interface Term<Stored> {
  readonly lease: HeldLease<Stored>;
  /** When it was asked for, monotonic milliseconds. */
  readonly since: number;
}

/** Waits until the lease is this process's; undefined when it is told to stop. */
async function win<Stored>(options: ElectionOptions<Stored>): Promise<Term<Stored> | undefined> {
  const { lease, identity, signal, onTrouble, durationMillis = DURATION_MILLIS } = options;
  let seen: { readonly version: string; readonly at: number } | undefined;
  while (!signal.aborted) {
    let pause = durationMillis / 8;
    try {
      const found = await lease.read();
      const now = performance.now();
      if (seen?.version !== found.version) seen = { version: found.version, at: now };
      const left = seen.at + found.durationMillis - now;
      if (found.holder === undefined || found.holder === identity || left <= 0) {
        const taken = await lease.replace(found, { holder: identity, durationMillis });
        if (taken !== undefined) return { lease: taken, since: now };
      } else {
        pause = Math.min(pause, left);
      }
    } catch (error) {
      if (!signal.aborted) onTrouble?.(error);
    }
    await quiet(pause, signal);
  }
  return undefined;
}

async function hold<Stored>(
  options: ElectionOptions<Stored>,
  won: Term<Stored>,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const leading = AbortSignal.any([options.signal, over.signal]);
  const renewing = renew(options, won, over, leading);
  try {
    await lead(leading);
  } finally {
    over.abort();
    const last = await renewing;
    if (last !== undefined) await giveBack(options, last);
  }
}

/** Renews until `leading` aborts, and aborts it by `over` when the lease is lost. @returns the lease where it was not lost */
async function renew<Stored>(
  { lease, identity, onTrouble, durationMillis = DURATION_MILLIS }: ElectionOptions<Stored>,
  won: Term<Stored>,
  over: AbortController,
  leading: AbortSignal,
): Promise<HeldLease<Stored> | undefined> {
  let held = won.lease;
  // Also while a request hangs.
  const expiring = (since: number) =>
    setTimeout(() => over.abort(), Math.max(0, since + (durationMillis * 2) / 3 - performance.now()));
  let expiry = expiring(won.since);
  try {
    for (let pause = durationMillis / 3; ; ) {
      await quiet(pause, leading);
      if (leading.aborted) return held;
      const since = performance.now();
      try {
        const renewed = await lease.replace(held, { holder: identity, durationMillis });
        // Somebody wrote to it: a label, or their own name.
        held = renewed ?? (await lease.read());
        if (held.holder !== identity) {
          over.abort();
          return undefined;
        }
        pause = renewed === undefined ? 0 : durationMillis / 3;
        if (renewed === undefined) continue;
        clearTimeout(expiry);
        expiry = expiring(since);
      } catch (error) {
        if (!leading.aborted) onTrouble?.(error);
        pause = durationMillis / 15;
      }
    }
  } finally {
    clearTimeout(expiry);
  }
}

/** So that others need not wait. Where that fails, they wait. */
async function giveBack<Stored>({ lease, identity, onTrouble }: ElectionOptions<Stored>, held: HeldLease<Stored>) {
  try {
    if (held.holder === identity) await lease.replace(held, { holder: undefined, durationMillis: 1000 });
  } catch (error) {
    onTrouble?.(error);
  }
}

async function quiet(millis: number, signal: AbortSignal): Promise<void> {
  await delay(millis, undefined, { signal }).catch(() => undefined);
}
