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
  /** The run is over and is told later: what was remembered of it may go. */
  forget(submissionId: string): void;
}

export interface Happened {
  /** The submission whole; read when it is asked for. */
  readonly record: () => Promise<SubmissionRecord>;
  readonly run: RunState;
  /** What is new of it. */
  readonly entries: readonly NewEntry[];
}
