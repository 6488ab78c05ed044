import type { SubmissionRecord, SubmissionSummary } from "../model.ts";
import type { Verified, VerifyOptions } from "./verify.ts";

/** What can happen to a submission, as the audit table names it. */
export const AUDIT_EVENTS = [
  /** The first row: checked, compiled, promised. Written before the caller hears of it and before anything is created. */
  "accepted",
  /** A request that was turned away; a chain of its own, since no submission came of it. */
  "refused",
  /** Its Workflow is about to be created; without `dispatched` behind it, nobody lived to say whether it was. */
  "dispatching",
  /** Its Workflow exists. */
  "dispatched",
  /** The dispatcher gave it up; the reason is in `detail.reason`. */
  "dead_lettered",
  /** Its Workflow runs. */
  "running",
  /** A node came to another state; `detail` has `node`, `attempt`, `state`. */
  "node",
  "cancel_requested",
  "succeeded",
  "failed",
  "cancelled",
  /** The Workflow was deleted before its end was seen. */
  "vanished",
  /** It is over, and `detail.sink` does not know all of it: it was away. */
  "untold",
  /** `detail.sink` knows all of it after all. */
  "told",
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** Events after which nothing more happens to a submission; only that somebody hears of it may still come. */
export const FINAL_EVENTS = ["dead_lettered", "succeeded", "failed", "cancelled", "vanished", "refused"] as const;

/** A row that is to be written. */
export interface NewEntry {
  /** Makes repeats harmless: a chain takes one row of a key, e.g. `dispatched`, `node/train_model/1/Running`. */
  readonly key: string;
  readonly event: AuditEvent;
  /** Who: a person or a service, as authenticated. */
  readonly actor: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Of what it was about: body, manifest, recipe; `sha256:` and hexadecimal. */
  readonly digests: Readonly<Record<string, string>>;
  /** What else a reader needs: node, attempt, state, reason. No secret, no value of a caller's. */
  readonly detail: Readonly<Record<string, string>>;
}

/** A row that stands. */
export interface AuditEntry extends NewEntry {
  readonly submissionId: string;
  /** From 0, without a gap. */
  readonly sequence: number;
  /** What it was written with; that block's row on `checkpoint/all` covers it. */
  readonly block: number;
  /** Hash of the row before, 64 hexadecimal digits; zeros in the first. */
  readonly previousHash: string;
  /** SHA-256 over all fields above. */
  readonly hash: string;
}

/** Nobody opened this submission: it did not come through the service. */
export class NoSuchChain extends Error {
  readonly submissionId: string;

  constructor(submissionId: string) {
    super(`The audit log has no submission ${submissionId}.`);
    this.name = "NoSuchChain";
    this.submissionId = submissionId;
  }
}

/** Who had the id first: this submission, or one that was there. */
export type Opened =
  | { readonly outcome: "opened"; readonly record: SubmissionRecord }
  | { readonly outcome: "exists"; readonly record: SubmissionRecord };

export interface ListQuery {
  /** Teams the caller may see. */
  readonly teams: readonly string[];
  readonly pipelineId?: string;
  /** Last event, those of nodes left out; default: any. */
  readonly event?: AuditEvent;
  /** Rows of a page, 1 to 500. */
  readonly limit: number;
  /** As the page before gave it. */
  readonly cursor?: string;
}

/** May have fewer rows than asked for while there is a next one: a filter that fits little is not waited for. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined: this was the last. */
  readonly next: string | undefined;
}

/**
 * Everything that happened, append-only: one hash-chained chain of rows per submission, and the submission itself beside it.
 * Whoever calls may repeat any call. Throws `Unavailable` when the store cannot be asked; then nothing is known to be written.
 */
export interface AuditLog {
  /**
   * Claims the id and writes the submission and its first row, durably, before it resolves. Of any number of concurrent calls with
   * one id, in this process or in others, one is `opened` and all others get the record of that one. The first row's time is the
   * record's `acceptedAt`, and its digests get one more, `record`, over the whole submission.
   */
  open(record: SubmissionRecord, first: NewEntry): Promise<Opened>;
  /**
   * Adds rows in their order behind what the chain has; those whose key the chain has already are left out. Durable when it resolves.
   * A chain whose name has a slash (`refused/<request>`) begins with whatever comes first; a submission's begins with `open` only.
   * @throws NoSuchChain when the submission was never opened.
   */
  append(submissionId: string, entries: readonly NewEntry[]): Promise<void>;
  /** A chain in its order; empty where there is none. */
  chain(submissionId: string): Promise<readonly AuditEntry[]>;
  record(submissionId: string): Promise<SubmissionRecord | undefined>;
  /**
   * Every row against its hash, its chain and its block, up to the last block that stands now.
   *
   * @param submissionId only this chain; undefined: all
   * @returns undefined when nobody has ever written to that chain
   */
  verify(submissionId: string | undefined, options?: VerifyOptions): Promise<Verified | undefined>;
  /** Events of many chains at once, without their rows: what a dispatcher asks before it creates a batch. */
  events(submissionIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<AuditEvent>>>;
  /** Newest first. */
  list(query: ListQuery): Promise<Page<SubmissionSummary>>;
  /** Accepted before `acceptedBefore` (milliseconds; infinity: whenever) and neither dispatched nor given up: the outbox. Oldest first. */
  pending(acceptedBefore: number, limit: number): Promise<readonly SubmissionRecord[]>;
  /** Submissions that are over and `untold` to this sink, and not `told` since. Oldest first. */
  untold(sink: string, limit: number): Promise<readonly string[]>;
  /** Resolves when the store can be asked. */
  ready(): Promise<void>;
  /** Writes what is under way and lets go. */
  close(): Promise<void>;
}
