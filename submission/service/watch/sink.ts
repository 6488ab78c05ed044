import type { NewEntry } from "../audit/log.ts";
import type { SubmissionRecord } from "../model.ts";
import type { RunState } from "../status/run-state.ts";

/** Where what happened goes besides the audit log: spans, lineage. What it is told may repeat. */
export interface RunSink {
  /** Under which the audit log remembers what it was not told, e.g. `lineage`. It stays the same from version to version. */
  readonly name: string;
  /**
   * Resolves when all that is known of the run is handed over. Throws `Unavailable` when the sink or what it needs is away: then it is told
   * later. What it throws besides is the fault of this run alone.
   */
  tell(happened: Happened): Promise<void>;
}

/** What is new of a run. */
export interface News {
  /** The submission whole; read when it is asked for. */
  readonly record: () => Promise<SubmissionRecord>;
  readonly run: RunState;
  /** What is new of it. */
  readonly entries: readonly NewEntry[];
}

export interface Happened extends News {
  /**
   * What this sink was handed of the run, under names of its own: it leaves those out and adds what it hands over. Whoever tells it keeps them
   * while the run is under way; afterwards, and in another process, all of a run is told again, which is harmless.
   */
  readonly told: Set<string>;
}
