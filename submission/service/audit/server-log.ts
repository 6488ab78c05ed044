import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Unavailable } from "../unavailable.ts";
import { type Outcome, planBlock } from "./block.ts";
import { insertBlocks, insertClaimed } from "./settle.ts";
import { SharedLog } from "./shared-log.ts";
import type { AuditTables } from "./store.ts";
import { claimed, TableAuditLog } from "./table-log.ts";
import type { Waiting } from "./write-queue.ts";

/** Rounds another writer may win before callers are told to come again. */
const MAX_LOST_ROUNDS = 50;

/**
 * The audit log on tables that any number of processes write to.
 *
 * Each insertion is block n of one log: it is planned on what blocks up to n - 1 say and carries the token n. ClickHouse takes a
 * token once, so of several processes one writes block n, and it had read all before it; the others read again and try n + 1. That is
 * all that is needed for one chain per submission, one claim per id, and one row per key, whoever writes.
 */
export class ServerAuditLog extends TableAuditLog {
  readonly #shared: SharedLog;
  /** Names the process in the blocks it writes. */
  readonly #writer: string;

  constructor(tables: AuditTables, writer: string) {
    super(tables);
    this.#shared = new SharedLog(tables);
    this.#writer = writer;
  }

  protected override async writeBatch(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    const ids = new Set(batch.map(({ submissionId }) => submissionId));
    const stored = new Set<string>();
    for (let round = 0; round < MAX_LOST_ROUNDS; round++) {
      const { last, heads } = await this.#shared.read(ids);
      const block = planBlock(last, heads, batch, { name: this.#writer, key: randomUUID(), at: Date.now() });
      if (block.rows.length === 0) return block.outcomes;
      // Before the block: whoever reads it finds the submission.
      const missing = claimed(batch, block.outcomes).filter(({ digest }) => !stored.has(digest));
      await insertClaimed(this.tables, missing);
      for (const { digest } of missing) stored.add(digest);
      await insertBlocks(this.tables, [block]);
      // Another writer's may be there.
      if ((await this.#shared.hashOf(block.row.sequence)) === block.row.hash) return block.outcomes;
      // Whoever lost waits a moment of its own, so that not all come again at once.
      await delay(Math.random() * Math.min(200, 10 * (round + 1)));
    }
    throw new Unavailable("audit", "Other writers of the audit log were always first.");
  }

  /** An insertion is in the tables when it is answered. */
  protected override async settled(): Promise<void> {}
  protected override async finish(): Promise<void> {}
}
