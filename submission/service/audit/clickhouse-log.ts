import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { SubmissionRecord, SubmissionSummary } from "../model.ts";
import { Unavailable } from "../unavailable.ts";
import { type Addition, BLOCKS_CHAIN, type Block, type ChainHead, type Outcome, planBlock } from "./block.ts";
import { ChainHeads } from "./chain-heads.ts";
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
import { auditEvent, EVENTS, SUBMISSIONS, toEventRow, toRecordRow } from "./rows.ts";
import { patiently, SharedLog } from "./shared-log.ts";
import type { AuditTables } from "./store.ts";
import { type Verified, type VerifyOptions, verifyAll, verifyChain } from "./verify.ts";

/** What waits for the next insertion. */
interface Waiting extends Addition {
  readonly record?: SubmissionRecord;
  /** The submission is in its table; only a claim that wins needs it there. */
  stored: boolean;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WriterSettings {
  /** Names the process in the blocks it writes. */
  readonly writer: string;
  /**
   * No other process can write: heads of chains are remembered, and an insertion is not read back. Otherwise every block is
   * written against what the table says, under a token only one writer can have.
   */
  readonly exclusive: boolean;
  /** Milliseconds since 1970. Default: now. */
  readonly now?: () => number;
}

/** Of one insertion, so that it is one part and its statement stays small. */
const MAX_ADDITIONS = 1_000;
const MAX_ROWS = 20_000;
const MAX_RECORD_CHARACTERS = 8 * 1024 * 1024;
/** Rounds another writer may win before callers are told to come again. */
const MAX_LOST_ROUNDS = 50;

/**
 * The audit log on ClickHouse's tables. Whatever is asked for while one insertion is under way goes with the next one: callers wait
 * for two at most, and the table gets few parts however many they are. An only writer stores submissions while the block before
 * theirs is still being written, and answers from memory what happened to those it has just written.
 *
 * Each insertion is block n of one log: it is planned on what blocks up to n - 1 say and carries the token n. ClickHouse takes a
 * token once, so of several processes one writes block n, and it had read all before it; the others read again and try n + 1. That is
 * all that is needed for one chain per submission, one claim per id, and one row per key, whoever writes.
 */
export class ClickHouseAuditLog implements AuditLog {
  readonly #tables: AuditTables;
  readonly #reader: AuditReader;
  readonly #shared: SharedLog;
  readonly #settings: WriterSettings;
  readonly #heads: ChainHeads;
  /** Claims of an only writer whose submissions are not in their table yet. */
  #claims: Waiting[] = [];
  #storing: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #last: { readonly sequence: number; readonly hash: string } | undefined;
  /** What `#last` says is so. */
  #lastKnown = false;
  #closed = false;

  constructor(tables: AuditTables, settings: WriterSettings) {
    this.#tables = tables;
    this.#settings = settings;
    this.#reader = new AuditReader(tables);
    this.#shared = new SharedLog(tables);
    this.#heads = new ChainHeads();
  }

  async open(record: SubmissionRecord, first: NewEntry): Promise<Opened> {
    const claim = recordDigest(record);
    const entry = { ...first, at: record.acceptedAt };
    this.#reader.accepting(record.acceptedAt);
    const outcome = await this.#write({ submissionId: record.submissionId, entries: [entry], claim }, record);
    if (outcome === "written") return { outcome: "opened", record };
    return { outcome: "exists", record: await patiently(() => this.#reader.record(record.submissionId)) };
  }

  async append(submissionId: string, entries: readonly NewEntry[]): Promise<void> {
    if (submissionId === BLOCKS_CHAIN) throw new Error(`${BLOCKS_CHAIN} is the log's own chain.`);
    if (entries.length === 0) return;
    const outcome = await this.#write({ submissionId, entries });
    if (outcome === "no-chain") throw new NoSuchChain(submissionId);
  }

  async chain(submissionId: string): Promise<readonly AuditEntry[]> {
    return submissionId === BLOCKS_CHAIN ? [] : this.#reader.chain(submissionId);
  }

  record(submissionId: string): Promise<SubmissionRecord | undefined> {
    return this.#reader.record(submissionId);
  }

  async verify(submissionId: string | undefined, options: VerifyOptions = {}): Promise<Verified | undefined> {
    const pages = auditPages(this.#tables);
    return submissionId === undefined ? await verifyAll(pages, options) : await verifyChain(pages, submissionId);
  }

  async events(submissionIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<AuditEvent>>> {
    const heads = new Map(submissionIds.map((id) => [id, this.#settings.exclusive ? this.#heads.peek(id) : undefined]));
    const unknown = submissionIds.filter((id) => heads.get(id) === undefined);
    const read = await this.#reader.events(unknown);
    return new Map(
      submissionIds.map((id) => {
        const head = heads.get(id);
        return [id, head === undefined ? (read.get(id) ?? new Set()) : new Set([...head.events].map(auditEvent))];
      }),
    );
  }

  list(query: ListQuery): Promise<Page<SubmissionSummary>> {
    return this.#reader.list(query);
  }

  pending(acceptedBefore: number, limit: number): Promise<readonly SubmissionRecord[]> {
    return this.#reader.pending(acceptedBefore, limit);
  }

  untold(sink: string, limit: number): Promise<readonly string[]> {
    return this.#reader.untold(sink, limit);
  }

  async ready(): Promise<void> {
    await this.#reader.ready();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#storing;
    await this.#working;
    await this.#tables.close();
  }

  async #write(addition: Addition, record?: SubmissionRecord): Promise<Outcome> {
    if (/\s/.test(addition.submissionId)) throw new Error(`A chain's name has no spaces: ${addition.submissionId}`);
    if (this.#closed) throw new Unavailable("audit", "The audit log was closed.");
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const waiting = { ...addition, record, stored: false, resolve, reject };
    if (record !== undefined && this.#settings.exclusive) {
      this.#claims.push(waiting);
      this.#storing ??= this.#store();
    } else {
      this.#enqueue([waiting]);
    }
    return promise;
  }

  #enqueue(ready: readonly Waiting[]): void {
    this.#waiting.push(...ready);
    this.#working ??= this.#work();
  }

  /** Nobody else can take an id meanwhile, so a claim on a free one will win, and its submission will be needed. */
  async #store(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#claims.length > 0) {
      const batch = take(this.#claims);
      try {
        const heads = await this.#heads.get(new Set(batch.map(({ submissionId }) => submissionId)), (missing) =>
          this.#reader.heads(missing),
        );
        const free = new Map<string, Waiting>();
        for (const waiting of batch) {
          const { submissionId } = waiting;
          if (heads.get(submissionId)?.sequence === -1 && !free.has(submissionId)) free.set(submissionId, waiting);
        }
        await this.#storeRecords([...free.values()]);
        this.#enqueue(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#storing = undefined;
  }

  async #work(): Promise<void> {
    // What is asked for in this turn of the event loop goes together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = take(this.#waiting);
      try {
        const outcomes = await this.#writeBatch(batch);
        for (const [index, outcome] of outcomes.entries()) batch[index]?.resolve(outcome);
      } catch (error) {
        this.#lastKnown = false;
        this.#heads.clear();
        for (const { reject } of batch) reject(error);
      }
    }
    this.#working = undefined;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    for (let round = 0; round < MAX_LOST_ROUNDS; round++) {
      const heads = await this.#read(batch);
      const block = planBlock(this.#last, heads, batch, {
        name: this.#settings.writer,
        key: randomUUID(),
        at: this.#settings.now?.() ?? Date.now(),
      });
      if (block.rows.length === 0) return block.outcomes;
      await this.#storeRecords(batch.filter((_, index) => block.outcomes[index] === "written"));
      if (await this.#insert(block)) {
        if (this.#settings.exclusive) this.#heads.set(block.heads);
        return block.outcomes;
      }
      // Whoever lost waits a moment of its own, so that not all come again at once.
      await delay(Math.random() * Math.min(200, 10 * (round + 1)));
    }
    throw new Unavailable("audit", "Other writers of the audit log were always first.");
  }

  async #read(batch: readonly Addition[]): Promise<ReadonlyMap<string, ChainHead>> {
    const ids = new Set(batch.map(({ submissionId }) => submissionId));
    if (!this.#settings.exclusive) {
      const { last, heads } = await this.#shared.read(ids);
      this.#last = last;
      return heads;
    }
    if (!this.#lastKnown) {
      this.#last = await this.#reader.lastBlock();
      this.#lastKnown = true;
    }
    return this.#heads.get(ids, (missing) => this.#reader.heads(missing));
  }

  async #storeRecords(winning: readonly Waiting[]): Promise<void> {
    const missing = winning.filter(({ stored }) => !stored);
    const rows = missing.flatMap(({ record, claim }) =>
      record === undefined || claim === undefined ? [] : [toRecordRow(record, claim)],
    );
    if (rows.length === 0) return;
    await this.#tables.insert(SUBMISSIONS, rows);
    for (const waiting of missing) waiting.stored = true;
  }

  /** Whether the block stands: false when another writer's is there. */
  async #insert({ rows, row }: Block): Promise<boolean> {
    const values = [...rows, row].map(toEventRow);
    await this.#tables.insert(EVENTS, values, `block/${row.sequence}`);
    this.#last = row;
    if (this.#settings.exclusive) return true;
    return (await this.#shared.hashOf(row.sequence)) === row.hash;
  }
}

/** As many as one insertion takes, from the front. */
function take(waiting: Waiting[]): Waiting[] {
  let rows = 0;
  let characters = 0;
  let count = 0;
  for (const { entries, record } of waiting) {
    rows += entries.length;
    characters += record === undefined ? 0 : size(record);
    if (count > 0 && (count === MAX_ADDITIONS || rows > MAX_ROWS || characters > MAX_RECORD_CHARACTERS)) break;
    count++;
  }
  return waiting.splice(0, count);
}

const size = ({ documents, manifest }: SubmissionRecord): number =>
  manifest.length + documents.dag.length + documents.params.length + (documents.refs?.length ?? 0);
