import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import { Unavailable } from "../unavailable.ts";

export interface Patience {
  /** Gives up with the signal's reason. */
  readonly signal: AbortSignal;
  /** How often at most; default: until it works. */
  readonly tries?: number;
  /** First pause in milliseconds, doubled each time and up to twice that by chance. Default: 250. */
  readonly firstPauseMillis?: number;
  /** Default: 15,000. */
  readonly longestPauseMillis?: number;
  /** Repeats whatever failed. Default: no. */
  readonly retryAll?: boolean;
  /** Whether to repeat what failed so. Default: what failed because a part of the environment is away. */
  readonly retry?: (error: unknown) => boolean;
  readonly onFailure?: (error: unknown) => void;
}

/** Repeats with growing pauses, and never at once. */
export function patiently<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const { signal, tries = Number.POSITIVE_INFINITY, retryAll = false, retry = isAway, onFailure } = patience;
  return pRetry(() => guarded(attempt), {
    retries: tries - 1,
    minTimeout: patience.firstPauseMillis ?? 250,
    maxTimeout: patience.longestPauseMillis ?? 15_000,
    factor: 2,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => retryAll || retry(unwrapped(error)),
    onFailedAttempt: ({ error }) => onFailure?.(unwrapped(error)),
  }).catch((error: unknown) => {
    throw unwrapped(error);
  });
}

const isAway = (error: unknown): boolean => error instanceof Unavailable;

/** The library never repeats a TypeError and refuses what is no Error; whether to repeat is not decided by that here. */
class Failed extends Error {}

async function guarded<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw new Failed("failed", { cause: error });
  }
}

const unwrapped = (error: unknown): unknown => (error instanceof Failed ? error.cause : error);

/** How long what is in hand may take to end in good order after a stop, in milliseconds; whoever stops the process waits longer. */
const GRACE_MILLIS = 5_000;

/** What comes of it; undefined when the signal ended it, or it did not end soon after the signal. */
export async function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const ended = new AbortController();
  try {
    return await Promise.race([work, overdue(signal, ended.signal)]);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    ended.abort();
  }
}

async function overdue(stop: AbortSignal, ended: AbortSignal): Promise<undefined> {
  if (!stop.aborted) await once(stop, "abort", { signal: ended });
  await delay(GRACE_MILLIS, undefined, { signal: ended });
}
