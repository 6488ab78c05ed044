import { BLOCKS_CHAIN } from "./block.ts";
import type { CoveredRow } from "./findings.ts";
import type { StoredRow } from "./hash.ts";
import {
  EVENT_COLUMNS,
  EVENTS,
  type EventRow,
  fromEventRow,
  fromRecordRow,
  listed,
  quoted,
  RECORD_COLUMNS,
  type RecordRow,
  SUBMISSIONS,
  timeLiteral,
} from "./rows.ts";
import type { AuditTables } from "./store.ts";
import { type AuditPages, coveredCount, type StoredRecord } from "./verify.ts";

const ROWS_OF_A_PAGE = 20_000;
const BLOCKS_OF_A_PAGE = 500;
const RECORDS_OF_A_PAGE = 250;

/** The log as it stands in its tables, for whoever verifies it. */
export function auditPages(tables: AuditTables): AuditPages {
  const events = async (where: string, more = ""): Promise<StoredRow[]> =>
    (
      await tables.rows<EventRow>(
        `SELECT ${EVENT_COLUMNS} FROM ${EVENTS} WHERE ${where} ORDER BY submission_id, sequence ${more}`,
      )
    ).map(fromEventRow);
  const records = async (where: string, more = ""): Promise<StoredRecord[]> =>
    (
      await tables.rows<RecordRow>(
        `SELECT ${RECORD_COLUMNS} FROM ${SUBMISSIONS} WHERE ${where}
         ORDER BY accepted_at, submission_id, digest ${more}`,
      )
    ).map((row) => ({ digest: row[2], record: fromRecordRow(row) }));
  const covered = async (where: string) =>
    (
      await tables.rows<[string, string, string, string]>(
        `SELECT toString(block), submission_id, toString(sequence), hash FROM ${EVENTS}
         WHERE ${where} AND submission_id != ${quoted(BLOCKS_CHAIN)} ORDER BY block, submission_id, sequence`,
      )
    ).map(
      ([block, submissionId, sequence, hash]): CoveredRow => ({
        block: Number(block),
        submissionId,
        sequence: Number(sequence),
        hash,
      }),
    );
  // A block's own row stands where its sequence says, whatever it names.
  const standing = `if(submission_id = ${quoted(BLOCKS_CHAIN)}, sequence, block)`;
  const claiming = (upTo: number) => `sequence = 0 AND digests['record'] != '' AND block <= ${upTo}`;
  const chainOf = (id: string, upTo: number) => `submission_id = ${quoted(id)} AND block <= ${upTo}`;

  return {
    async bounds() {
      const [row] = await tables.rows<[string, string, string, string]>(
        `SELECT toString(max(block)), toString(count()), toString(maxIf(sequence, submission_id = ${quoted(BLOCKS_CHAIN)})),
           argMaxIf(hash, sequence, submission_id = ${quoted(BLOCKS_CHAIN)}) FROM ${EVENTS}`,
      );
      if (row === undefined || row[1] === "0") return { last: undefined, lastNamed: -1 };
      const hash = row[3].replaceAll("\0", "");
      const last = hash === "" ? undefined : { sequence: Number(row[2]), hash };
      return { last, lastNamed: Number(row[0]) };
    },
    rows: (after, upTo) =>
      events(
        after === undefined
          ? `${standing} <= ${upTo}`
          : // The first comparison is what the index knows.
            `submission_id >= ${quoted(after.submissionId)} AND ${standing} <= ${upTo}
               AND (submission_id, sequence) > (${quoted(after.submissionId)}, ${after.sequence})`,
        // A row that stands twice must not be cut off from itself.
        `LIMIT ${ROWS_OF_A_PAGE} WITH TIES`,
      ),
    async blocks(after, upTo) {
      const rows = await events(
        `submission_id = ${quoted(BLOCKS_CHAIN)} AND sequence > ${after} AND sequence <= ${upTo}`,
        `LIMIT ${BLOCKS_OF_A_PAGE}`,
      );
      let sum = 0;
      const most = rows.findIndex((row) => {
        sum += coveredCount(row);
        return sum > ROWS_OF_A_PAGE;
      });
      return most === -1 ? rows : rows.slice(0, Math.max(1, most));
    },
    covered: (from, to) => covered(`block BETWEEN ${from} AND ${to}`),
    records: (after) =>
      records(
        after === undefined
          ? "1"
          : `accepted_at >= ${timeLiteral(after.record.acceptedAt)} AND (accepted_at, submission_id, digest) >
               (${timeLiteral(after.record.acceptedAt)}, ${quoted(after.record.submissionId)}, ${quoted(after.digest)})`,
        `LIMIT ${RECORDS_OF_A_PAGE}`,
      ),
    async claims(submissionIds, upTo) {
      if (submissionIds.length === 0) return new Map();
      const rows = await tables.rows<[string, string]>(
        `SELECT submission_id, digests['record'] FROM ${EVENTS}
         WHERE submission_id IN (${listed(new Set(submissionIds))}) AND ${claiming(upTo)}`,
      );
      return new Map(rows);
    },
    async claimed(upTo) {
      const [row] = await tables.rows<[string]>(`SELECT toString(count()) FROM ${EVENTS} WHERE ${claiming(upTo)}`);
      return Number(row?.[0] ?? 0);
    },
    async bereft(upTo, limit) {
      const rows = await tables.rows<[string]>(
        `SELECT submission_id FROM ${EVENTS} WHERE ${claiming(upTo)}
           AND (submission_id, digests['record']) NOT IN (SELECT submission_id, digest FROM ${SUBMISSIONS})
         ORDER BY submission_id LIMIT ${limit}`,
      );
      return rows.map(([id]) => id);
    },
    chain: (id, upTo) => events(chainOf(id, upTo)),
    blocksOf: (id, upTo) =>
      events(`${chainOf(BLOCKS_CHAIN, upTo)} AND position(concat(' ', detail['places']), ${quoted(` ${id}:`)}) > 0`),
    recordsOf: (id) => records(`submission_id = ${quoted(id)}`),
  };
}
