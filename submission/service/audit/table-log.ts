import type { SubmissionRecord, SubmissionSummary } from "../model.ts";
import { type Addition, BLOCKS_CHAIN, type Outcome } from "./block.ts";
import { recordDigest } from "./hash.ts";
import {
  type AuditEntry,
  type AuditEvent,
  type AuditLog,
  type ListQuery,
  type NewEntry,
  NoSuchChain,
  type Opened,
  type Page,
} from "./log.ts";
import { auditPages } from "./pages.ts";
import { AuditReader } from "./reader.ts";
import { patiently } from "./shared-log.ts";
import type { AuditTables } from "./store.ts";
import { type Verified, type VerifyOptions, verifyAll, verifyChain } from "./verify.ts";
import { type Waiting, WriteQueue } from "./write-queue.ts";

/** A submission whose claim won, and its digest. */
export interface Claimed {
  readonly record: SubmissionRecord;
  readonly digest: string;
}

/** The audit log on ClickHouse's tables; how a block comes to stand is for those who extend it. */
export abstract class TableAuditLog implements AuditLog {
  protected readonly tables: AuditTables;
  protected readonly reader: AuditReader;
  readonly #queue: WriteQueue;

  constructor(tables: AuditTables) {
    this.tables = tables;
    this.reader = new AuditReader(tables);
    this.#queue = new WriteQueue((batch) => this.writeBatch(batch));
  }

  /** One block, durable when it resolves. Never called twice at once. */
  protected abstract writeBatch(batch: readonly Waiting[]): Promise<readonly Outcome[]>;

  /** Resolves when all that was written before the call is in the tables. */
  protected abstract settled(): Promise<void>;

  /** Ends what is under way besides blocks; the tables are closed after it. */
  protected abstract finish(): Promise<void>;

  async open(given: SubmissionRecord, first: NewEntry): Promise<Opened> {
    const record = storable(given);
    const claim = recordDigest(record);
    const entry = { ...first, at: record.acceptedAt };
    this.reader.accepting(record.acceptedAt);
    const outcome = await this.#write({ submissionId: record.submissionId, entries: [entry], claim }, record);
    if (outcome === "written") return { outcome: "opened", record };
    return { outcome: "exists", record: await patiently(() => this.record(record.submissionId)) };
  }

  async append(submissionId: string, entries: readonly NewEntry[]): Promise<void> {
    if (submissionId === BLOCKS_CHAIN) throw new Error(`${BLOCKS_CHAIN} is the log's own chain.`);
    if (entries.length === 0) return;
    const outcome = await this.#write({ submissionId, entries });
    if (outcome === "no-chain") throw new NoSuchChain(submissionId);
  }

  async #write(addition: Addition, record?: SubmissionRecord): Promise<Outcome> {
    if (/\s/.test(addition.submissionId)) throw new Error(`A chain's name has no spaces: ${addition.submissionId}`);
    return await this.#queue.add({ ...addition, record });
  }

  async chain(submissionId: string): Promise<readonly AuditEntry[]> {
    await this.settled();
    return submissionId === BLOCKS_CHAIN ? [] : this.reader.chain(submissionId);
  }

  async record(submissionId: string): Promise<SubmissionRecord | undefined> {
    await this.settled();
    return await this.reader.record(submissionId);
  }

  async verify(submissionId: string | undefined, options: VerifyOptions = {}): Promise<Verified | undefined> {
    await this.settled();
    const pages = auditPages(this.tables);
    return submissionId === undefined ? await verifyAll(pages, options) : await verifyChain(pages, submissionId);
  }

  async events(submissionIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<AuditEvent>>> {
    await this.settled();
    return await this.reader.events(submissionIds);
  }

  async list(query: ListQuery): Promise<Page<SubmissionSummary>> {
    await this.settled();
    return await this.reader.list(query);
  }

  async pending(acceptedBefore: number, limit: number): Promise<readonly SubmissionRecord[]> {
    await this.settled();
    return await this.reader.pending(acceptedBefore, limit);
  }

  async untold(sink: string, limit: number): Promise<readonly string[]> {
    await this.settled();
    return await this.reader.untold(sink, limit);
  }

  async ready(): Promise<void> {
    await this.reader.ready();
  }

  async close(): Promise<void> {
    await this.#queue.close();
    await this.finish();
    await this.tables.close();
  }
}

/** Half of a surrogate pair has no UTF-8: what is hashed must be what can be stored, and what cannot be stored would hold up all else. */
function storable(record: SubmissionRecord): SubmissionRecord {
  const { documents } = record;
  return {
    ...record,
    actor: record.actor.toWellFormed(),
    manifest: record.manifest.toWellFormed(),
    documents: {
      dag: documents.dag.toWellFormed(),
      params: documents.params.toWellFormed(),
      refs: documents.refs?.toWellFormed(),
    },
  };
}

/** Submissions of the claims that won. */
export const claimed = (batch: readonly Waiting[], outcomes: readonly Outcome[]): Claimed[] =>
  batch.flatMap(({ record, claim }, index) =>
    record !== undefined && claim !== undefined && outcomes[index] === "written" ? [{ record, digest: claim }] : [],
  );
