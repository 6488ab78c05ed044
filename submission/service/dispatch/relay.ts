import { setTimeout as delay } from "node:timers/promises";
import type { Outbox } from "../queue/outbox.ts";
import { patiently, untilStopped } from "../queue/patience.ts";
import type { JobQueue } from "../queue/queue.ts";

export interface RelayOptions {
  readonly outbox: Outbox;
  readonly queue: Pick<JobQueue, "enqueue">;
  readonly signal: AbortSignal;
  /** How old a promise is before its job is put on the queue once more, in milliseconds. Default: 30,000. */
  readonly olderThanMillis?: number;
  /** How long a job may stay on the queue before it is put there again, in milliseconds. Default: 300,000. */
  readonly againAfterMillis?: number;
  /** Pause between two looks, in milliseconds. Default: 10,000. */
  readonly everyMillis?: number;
  /** Told of what is tried again. */
  readonly onFailure?: (error: unknown) => void;
}

/** Jobs of one look into the outbox. */
const LOOK = 200;

/**
 * Puts jobs on the queue that were promised and are not on it: the process ended between the audit record and the queue, the brokers
 * were away, or a message was no good. At the start all of them, then those that have waited for long. A job that is on the queue
 * after all comes twice, which is harmless.
 */
export async function relay(options: RelayOptions): Promise<void> {
  const { outbox, queue, signal, onFailure } = options;
  const { olderThanMillis = 30_000, againAfterMillis = 300_000, everyMillis = 10_000 } = options;
  const sent = new Map<string, number>();
  const round = async (before: number | undefined): Promise<void> => {
    const jobs = await outbox(LOOK, before);
    const waiting = new Set(jobs.map(({ submissionId }) => submissionId));
    for (const id of sent.keys()) if (!waiting.has(id)) sent.delete(id);
    const now = performance.now();
    const due = jobs.filter(({ submissionId: id }) => now - (sent.get(id) ?? -againAfterMillis) >= againAfterMillis);
    await Promise.all(due.map((job) => queue.enqueue(job)));
    for (const { submissionId } of due) sent.set(submissionId, now);
  };
  for (let first = true; !signal.aborted; first = false) {
    const attempt = () => round(first ? undefined : Date.now() - olderThanMillis);
    await untilStopped(patiently(attempt, { signal, onFailure }), signal);
    await delay(everyMillis, undefined, { signal }).catch(() => undefined);
  }
}
