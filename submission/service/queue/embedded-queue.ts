import { setTimeout as delay } from "node:timers/promises";
import { Unavailable } from "../unavailable.ts";
import type { Outbox } from "./outbox.ts";
import { patiently, untilStopped } from "./patience.ts";
import type { Handled, Job, JobQueue } from "./queue.ts";

export interface EmbeddedQueueOptions {
  readonly outbox: Outbox;
  /** What waits in memory at most, in bytes of manifests. Default: 32 MiB. */
  readonly capacity?: number;
  /** Jobs handed out at a time. Default: 64. */
  readonly batch?: number;
  /** How often an idle queue looks whether something was left in the outbox, in milliseconds. Default: 30,000. */
  readonly lookEveryMillis?: number;
  /** Told of each handler that failed, before its jobs are handed out again. */
  readonly onFailure?: (error: unknown) => void;
}

const MEBI = 1 << 20;

/** A job whose manifest lies beside the heap: one that waits is not moved about by the collector. */
interface Kept extends Omit<Job, "manifest"> {
  readonly manifest: Buffer;
}

/** Records of one look into the outbox. */
const LOOK = 200;

/**
 * The queue of a service that is one process: memory in front of the audit store's outbox. What does not fit in memory, and what a
 * crash took from it, is read from the outbox again, so nothing has to be written a second time. What is `dead` is not kept here:
 * its row in the audit log is.
 */
export class EmbeddedQueue implements JobQueue {
  readonly #options: EmbeddedQueueOptions;
  readonly #waiting = new Map<string, Kept>();
  #size = 0;
  /** The outbox has, or may have, what memory has not. An earlier process may have left something. */
  #behind = true;
  #inHand: ReadonlySet<string> = new Set();
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: EmbeddedQueueOptions) {
    this.#options = options;
  }

  async enqueue(job: Job): Promise<void> {
    if (this.#closed) throw new Unavailable("queue", "the queue is closed: the service is being stopped");
    this.#put(job);
    this.#wake?.();
  }

  #put(job: Job): void {
    if (this.#waiting.has(job.submissionId)) return;
    const size = this.#size + Buffer.byteLength(job.manifest, "utf8");
    if (this.#waiting.size > 0 && size > (this.#options.capacity ?? 32 * MEBI)) {
      this.#behind = true;
      return;
    }
    this.#waiting.set(job.submissionId, { ...job, manifest: Buffer.from(job.manifest, "utf8") });
    this.#size = size;
  }

  async consume(handler: (jobs: readonly Job[]) => Promise<readonly Handled[]>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#waiting.size === 0 && this.#behind) await this.#look(signal);
      const jobs = this.#take();
      if (jobs.length === 0) await this.#more(signal);
      else await this.#handle(jobs, handler, signal);
    }
  }

  #take(): readonly Job[] {
    const jobs = [...this.#waiting.values()].slice(0, this.#options.batch ?? 64);
    for (const job of jobs) {
      this.#waiting.delete(job.submissionId);
      this.#size -= job.manifest.length;
    }
    this.#inHand = new Set(jobs.map(({ submissionId }) => submissionId));
    return jobs.map((job) => ({ ...job, manifest: job.manifest.toString("utf8") }));
  }

  async #handle(
    jobs: readonly Job[],
    handler: (jobs: readonly Job[]) => Promise<readonly Handled[]>,
    signal: AbortSignal,
  ): Promise<void> {
    const attempt = async () => {
      try {
        await handler(jobs);
      } catch (error) {
        if (!signal.aborted) this.#options.onFailure?.(error);
        throw error;
      }
    };
    await untilStopped(patiently(attempt, { signal, retryAll: true }), signal);
    this.#inHand = new Set();
  }

  async #look(signal: AbortSignal): Promise<void> {
    this.#behind = false;
    const attempt = () => this.#options.outbox(LOOK);
    const found = await untilStopped(patiently(attempt, { signal, onFailure: this.#options.onFailure }), signal);
    if (found === undefined) return;
    for (const job of found) this.#put(job);
    if (found.length >= LOOK) this.#behind = true;
  }

  /** Until a job comes, or it is time to look into the outbox. */
  async #more(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const either = AbortSignal.any([signal, woken.signal]);
    await delay(this.#options.lookEveryMillis ?? 30_000, undefined, { signal: either }).then(
      () => {
        this.#behind = true;
      },
      () => undefined,
    );
    this.#wake = undefined;
  }

  /** Jobs in memory and in hand; the outbox may have more. */
  get depth(): number {
    return this.#waiting.size + this.#inHand.size;
  }

  async ready(): Promise<void> {
    if (this.#closed) throw new Unavailable("queue", "the queue is closed");
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
