import { setTimeout as delay } from "node:timers/promises";
import { Unavailable } from "../unavailable.ts";
import { BLOCKS_CHAIN, type ChainHead, type GrowingHead } from "./block.ts";
import { gatherHead, HEAD_COLUMNS, type HeadRow } from "./reader.ts";
import { EVENTS, listed, quoted } from "./rows.ts";
import type { AuditTables } from "./store.ts";
import type { BlockPlace } from "./verify.ts";

/** Blocks that must be there without a gap before a server is believed at first. */
const LOOKED_BACK = 10_000;
/** How long a server may be behind another, or an insertion behind its answer. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 25;

/**
 * What a log that others write to says at one moment. The servers of one log are not equally fast, and any of them may answer: an
 * answer counts only when it has every block up to the last it shows, and up to the last that was seen anywhere. Then
 * chains are as that last block left them, and whoever writes the next one has read all before it.
 */
export class SharedLog {
  readonly #tables: AuditTables;
  /** Per server: up to which block there is no gap. Parts that are there stay there. */
  readonly #whole = new Map<string, number>();
  #answeredLast = "";
  #seen = -1;

  constructor(tables: AuditTables) {
    this.#tables = tables;
  }

  /** The last block and the ends of these chains, of one moment. */
  async read(ids: Iterable<string>): Promise<{ last: BlockPlace | undefined; heads: ReadonlyMap<string, ChainHead> }> {
    const chains = listed(ids);
    return patiently(async () => {
      const from = this.#whole.get(this.#answeredLast) ?? (await this.#meet());
      if (from === undefined) return undefined;
      // One read of one table sees one moment; two in one statement might not.
      const rows = await this.#tables.rows<[...HeadRow, server: string]>(
        `SELECT ${HEAD_COLUMNS}, hostName() FROM ${EVENTS}
         WHERE submission_id IN (${chains}) OR (submission_id = ${quoted(BLOCKS_CHAIN)} AND sequence >= ${Math.max(0, from)})
         ORDER BY submission_id, sequence`,
      );
      const server = rows[0]?.[6];
      if (server !== undefined && (this.#whole.get(server) ?? -2) < from) {
        this.#answeredLast = server;
        return undefined;
      }
      const heads = new Map<string, GrowingHead>();
      let last: BlockPlace | undefined;
      let expected = Math.max(0, from);
      for (const [id, sequence, key, event, hash, record] of rows) {
        if (id !== BLOCKS_CHAIN) {
          gatherHead(heads, [id, sequence, key, event, hash, record]);
          continue;
        }
        if (Number(sequence) !== expected++) return undefined;
        last = { sequence: Number(sequence), hash };
      }
      if ((last?.sequence ?? -1) < this.#seen) return undefined;
      if (last !== undefined) this.#seen = last.sequence;
      if (server !== undefined) {
        this.#answeredLast = server;
        this.#whole.set(server, last?.sequence ?? -1);
      }
      return { last, heads };
    });
  }

  /** Whose block it is; waits until some server shows it. */
  async hashOf(sequence: number): Promise<string> {
    return patiently(async () => {
      const [row] = await this.#tables.rows<[string]>(
        `SELECT hash FROM ${EVENTS} WHERE submission_id = ${quoted(BLOCKS_CHAIN)} AND sequence = ${sequence}`,
      );
      return row?.[0];
    });
  }

  /** A server that was not asked before: whole up to the last block it has, or not yet. */
  async #meet(): Promise<number | undefined> {
    const where = `submission_id = ${quoted(BLOCKS_CHAIN)}`;
    const [row] = await this.#tables.rows<[string, string, string, string]>(
      `SELECT hostName(), toString(count()), toString(min(sequence)), toString(max(sequence)) FROM ${EVENTS} WHERE ${where}
         AND sequence + ${LOOKED_BACK} > (SELECT max(sequence) FROM ${EVENTS} WHERE ${where})`,
    );
    if (row === undefined) return undefined;
    const [server, count, first, last] = [row[0], ...row.slice(1).map(Number)] as const;
    this.#answeredLast = server;
    if (count === 0) this.#whole.set(server, -1);
    else if (Number(last) - Number(first) + 1 === count) this.#whole.set(server, Number(last));
    return this.#whole.get(server);
  }
}

/** Until it is there, as long as one server may be behind another. */
export async function patiently<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await attempt();
    if (answer !== undefined) return answer;
    if (performance.now() > until) {
      throw new Unavailable("audit", "The servers of the audit log do not agree yet; nothing is known to be written.");
    }
    await delay(PAUSE_MS);
  }
}
