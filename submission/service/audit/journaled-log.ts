import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { OutageLog } from "../outage-log.ts";
import { Unavailable } from "../unavailable.ts";
import { type ChainHead, type Outcome, planBlock } from "./block.ts";
import { ChainHeads } from "./chain-heads.ts";
import { Journal, type JournaledBlock } from "./journal.ts";
import { KnownChains } from "./known-chains.ts";
import type { AuditEvent } from "./log.ts";
import { auditEvent } from "./rows.ts";
import { insertBlocks, insertClaimed, isBehind, replay } from "./settle.ts";
import { type AuditTables, causeOf } from "./store.ts";
import { claimed, TableAuditLog } from "./table-log.ts";
import type { BlockPlace } from "./verify.ts";
import type { Waiting } from "./write-queue.ts";

/** Blocks gather for so long before they go to the tables together, milliseconds; not while somebody waits to read. */
const GATHER_MILLIS = 100;
/** Milliseconds until an insertion that failed is tried again, doubled each time up to the longest; whoever reads or writes waits for that. */
const RETRY_MILLIS = 500;
const LONGEST_RETRY_MILLIS = 4_000;
/** Insertions that are tried when the log is closed; the journal has what they fail with. */
const TRIES_AT_CLOSE = 3;
/** Bytes that may be in the journal and not in the tables; beyond it whoever writes waits. */
const MAX_UNSETTLED = 32 * 1024 * 1024;

interface Unsettled extends JournaledBlock {
  /** In the journal. */
  readonly bytes: number;
}

export interface JournaledOptions {
  /** Names the process in the blocks it writes. */
  readonly writer: string;
  /**
   * Told, once each, when the tables take no blocks, when they do again, and what is in the journal alone when the log is closed; and of a
   * block whose writer died before its end.
   */
  readonly say: (message: string) => void;
}

interface Reader {
  /** The last block it wants to see. */
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The audit log of a process that has its tables for itself. A block stands once it is in the journal. The tables get the blocks of a
 * while together, in the background; whoever reads waits until they have what was written before. Ends of chains are remembered, and
 * what happened to a submission is answered from them.
 */
export class JournaledAuditLog extends TableAuditLog {
  readonly #journal: Journal;
  readonly #writer: string;
  readonly #heads = new ChainHeads();
  readonly #known: KnownChains;
  #last: BlockPlace | undefined;
  /** In the journal and not, or not known to be, in the tables; in their order. */
  #unsettled: readonly Unsettled[] = [];
  #settling: Promise<void> | undefined;
  /** Insertions that failed since one last worked; the tables may have it all the same. */
  #failures = 0;
  #reason = "";
  readonly #outage: OutageLog;
  readonly #say: (message: string) => void;
  /** The last block whose submissions are in their table. */
  #claimedUpTo = -1;
  readonly #ending = new AbortController();
  #readers: Reader[] = [];
  #gathering = new AbortController();

  private constructor(tables: AuditTables, journal: Journal, known: KnownChains, { writer, say }: JournaledOptions) {
    super(tables);
    this.#journal = journal;
    this.#writer = writer;
    this.#known = known;
    this.#say = say;
    this.#outage = new OutageLog("the audit store behind the journal", say);
  }

  /**
   * @param folder of the journal; what an earlier process left there goes to the tables first
   * @throws UserError (environment) when what it left is not as it was written
   */
  static async open(tables: AuditTables, folder: string, options: JournaledOptions): Promise<JournaledAuditLog> {
    const journal = await Journal.open(folder, (left) => replay(tables, left, options.say));
    try {
      const log = new JournaledAuditLog(tables, journal, await KnownChains.of(tables), options);
      log.#last = await log.reader.lastBlock();
      return log;
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  protected override async writeBatch(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    if (this.#failures > 0 || bytes(this.#unsettled) > MAX_UNSETTLED) await this.settled();
    const ids = new Set(batch.map(({ submissionId }) => submissionId));
    const heads = await this.#heads.get(ids, (missing) => this.#read(missing));
    const block = planBlock(this.#last, heads, batch, { name: this.#writer, key: randomUUID(), at: Date.now() });
    if (block.rows.length === 0) return block.outcomes;
    const { row, rows, outcomes } = block;
    const journaled = { row, rows, claimed: claimed(batch, outcomes) };
    const written = await this.#journal.append(journaled);
    this.#last = row;
    this.#heads.set(block.heads);
    for (const id of block.heads.keys()) this.#known.add(id);
    this.#unsettled = [...this.#unsettled, { ...journaled, bytes: written }];
    this.#settling ??= this.#settle();
    return outcomes;
  }

  /** Of chains that are not remembered. */
  async #read(missing: readonly string[]): Promise<ReadonlyMap<string, ChainHead>> {
    const ids = new Set(missing.filter((id) => this.#known.mayHave(id)));
    if (ids.size === 0) return new Map();
    // It was forgotten before the tables had it.
    if (this.#unsettled.some(({ rows }) => rows.some(({ submissionId }) => ids.has(submissionId))))
      await this.settled();
    return await this.reader.heads([...ids]);
  }

  override async events(submissionIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<AuditEvent>>> {
    const unknown: string[] = [];
    const events = new Map<string, ReadonlySet<AuditEvent>>();
    for (const id of submissionIds) {
      const head = this.#heads.peek(id);
      if (head === undefined) unknown.push(id);
      else events.set(id, new Set([...head.events].map(auditEvent)));
    }
    if (unknown.length === 0) return events;
    return new Map([...events, ...(await super.events(unknown))]);
  }

  protected override async settled(): Promise<void> {
    const last = this.#unsettled.at(-1);
    if (last === undefined) return;
    if (this.#settling === undefined) throw new Unavailable("audit", "The audit log was closed.");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#readers.push({ sequence: last.row.sequence, resolve, reject });
    this.#gathering.abort();
    await promise;
  }

  protected override async finish(): Promise<void> {
    this.#ending.abort();
    this.#gathering.abort();
    await this.#settling;
    await this.#journal.close();
    const count = this.#unsettled.length;
    if (count === 0) return;
    const blocks = count === 1 ? "1 block stays" : `${count} blocks stay`;
    this.#say(
      `${blocks} in the audit log's journal and may not be in its tables (${this.#reason}): nothing is lost, they go there when the log is opened next. Keep the folder as it is.`,
    );
  }

  override async ready(): Promise<void> {
    await super.ready();
    if (this.#failures === 0) return;
    throw new Unavailable(
      "audit",
      `The audit log's tables take no blocks, tried ${this.#failures} times (${this.#reason}); its journal has what was accepted.`,
    );
  }

  async #settle(): Promise<void> {
    let atClose = 0;
    while (this.#unsettled.length > 0) {
      if (this.#readers.length === 0 && !this.#ending.signal.aborted) await this.#gather(GATHER_MILLIS);
      const blocks = this.#unsettled;
      try {
        const last = this.#failures > 0 ? await this.reader.lastBlock() : undefined;
        const missing = blocks.filter(isBehind(last));
        const unclaimed = missing.filter(({ row }) => row.sequence > this.#claimedUpTo);
        await insertClaimed(
          this.tables,
          unclaimed.flatMap((block) => block.claimed),
        );
        this.#claimedUpTo = blocks.at(-1)?.row.sequence ?? this.#claimedUpTo;
        await insertBlocks(this.tables, missing);
        this.#failures = 0;
        this.#outage.worked();
      } catch (error) {
        this.#failures += 1;
        this.#reason = causeOf(error);
        this.#outage.failed(this.#reason);
        for (const { reject } of this.#readers.splice(0)) reject(error);
        const { signal } = this.#ending;
        if (signal.aborted && ++atClose === TRIES_AT_CLOSE) break;
        // However many ask meanwhile; a pause that the close finds is cut short, those after it are not.
        const pause = signal.aborted ? RETRY_MILLIS : retryAfter(this.#failures);
        await delay(pause, undefined, signal.aborted ? {} : { signal }).catch(() => undefined);
        continue;
      }
      this.#forget(blocks);
    }
    this.#settling = undefined;
  }

  #forget(blocks: readonly JournaledBlock[]): void {
    this.#unsettled = this.#unsettled.slice(blocks.length);
    const settled = blocks.at(-1)?.row.sequence ?? -1;
    const waiting = this.#readers.splice(0);
    for (const reader of waiting) {
      if (reader.sequence <= settled) reader.resolve();
      else this.#readers.push(reader);
    }
    this.#journal.settled(settled);
  }

  async #gather(millis: number): Promise<void> {
    this.#gathering = new AbortController();
    await delay(millis, undefined, { signal: this.#gathering.signal }).catch(() => undefined);
  }
}

const bytes = (blocks: readonly Unsettled[]): number => blocks.reduce((sum, block) => sum + block.bytes, 0);

const retryAfter = (failures: number): number => Math.min(LONGEST_RETRY_MILLIS, RETRY_MILLIS * 2 ** (failures - 1));
