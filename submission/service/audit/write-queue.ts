import type { SubmissionRecord } from "../model.ts";
import { Unavailable } from "../unavailable.ts";
import type { Addition, Outcome } from "./block.ts";

/** Rows that wait for the next block. */
export interface Waiting extends Addition {
  /** The submission of a claim; only one that wins is stored. */
  readonly record?: SubmissionRecord;
}

interface Asked extends Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
}

/** Of one block, so that it is one part and its statement stays small. */
const MAX_ADDITIONS = 1_000;
const MAX_ROWS = 20_000;
const MAX_RECORD_CHARACTERS = 8 * 1024 * 1024;

/**
 * One block after the other. Whatever is asked for while one is being written goes with the next: callers wait for two at most, and
 * there are few however many callers there are.
 */
export class WriteQueue {
  /** Writes one block; says for each of its additions, in their order, what came of it. */
  readonly #write: (batch: readonly Waiting[]) => Promise<readonly Outcome[]>;
  #waiting: Asked[] = [];
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(write: (batch: readonly Waiting[]) => Promise<readonly Outcome[]>) {
    this.#write = write;
  }

  async add(waiting: Waiting): Promise<Outcome> {
    if (this.#closed) throw new Unavailable("audit", "The audit log was closed.");
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#waiting.push({ ...waiting, resolve, reject });
    this.#working ??= this.#work();
    return promise;
  }

  /** Takes nothing more, and waits for what was taken. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    // What is asked for in this turn of the event loop goes together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#countOfNext());
      try {
        const outcomes = await this.#write(batch);
        for (const [index, outcome] of outcomes.entries()) batch[index]?.resolve(outcome);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#working = undefined;
  }

  #countOfNext(): number {
    let rows = 0;
    let characters = 0;
    let count = 0;
    for (const { entries, record } of this.#waiting) {
      rows += entries.length;
      characters += record === undefined ? 0 : size(record);
      if (count > 0 && (count === MAX_ADDITIONS || rows > MAX_ROWS || characters > MAX_RECORD_CHARACTERS)) break;
      count++;
    }
    return count;
  }
}

const size = ({ documents, manifest }: SubmissionRecord): number =>
  manifest.length + documents.dag.length + documents.params.length + (documents.refs?.length ?? 0);
