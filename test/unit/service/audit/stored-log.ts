import { BLOCKS_CHAIN, type ChainHead, planBlock } from "../../../../submission/service/audit/block.ts";
import { byPlace, recordDigest, type StoredRow } from "../../../../submission/service/audit/hash.ts";
import type { AuditEvent, AuditPages } from "../../../../submission/service/audit/index.ts";
import type { StoredRecord } from "../../../../submission/service/audit/verify.ts";
import { accepted, submission } from "../../../service/audit/submissions.ts";

/** What the two tables hold, in memory. */
export interface StoredLog {
  readonly rows: readonly StoredRow[];
  readonly records: readonly StoredRecord[];
}

/** Blocks of additions: the number is a submission, its first addition claims it. */
export function writtenLog(blocks: readonly (readonly number[])[]): StoredLog {
  const heads = new Map<string, ChainHead>();
  const rows: StoredRow[] = [];
  const records: StoredRecord[] = [];
  let last: StoredRow | undefined;
  let key = 0;
  for (const [index, block] of blocks.entries()) {
    const additions = block.map((number) => {
      const record = submission(`sub-${number}`);
      const digest = recordDigest(record);
      if (!records.some((stored) => stored.digest === digest)) {
        records.push({ digest, record });
        return { submissionId: record.submissionId, entries: [accepted()], claim: digest };
      }
      const event: AuditEvent = "node";
      return {
        submissionId: record.submissionId,
        entries: [accepted({ key: `node/${key++}`, event, detail: { node: "a" } })],
      };
    });
    const planned = planBlock(last, heads, additions, { name: "test", key: `block-${index}`, at: 1_000 + index });
    for (const [id, head] of planned.heads) heads.set(id, head);
    rows.push(...planned.rows, planned.row);
    last = planned.row;
  }
  return { rows, records };
}

/** Two rows at a time, so that pages end in the middle of chains. */
export function pagesOf({ rows, records }: StoredLog, pageSize = 2): AuditPages {
  const sorted = [...rows].sort((a, b) => byPlace(a, b) || (a.hash < b.hash ? -1 : 1));
  const of = (chain: string) => sorted.filter((row) => row.submissionId === chain);
  const standing = (row: StoredRow) => (row.submissionId === BLOCKS_CHAIN ? row.sequence : row.block);
  const withTies = (all: StoredRow[]) => {
    const end = all[pageSize - 1];
    return all.filter((row, index) => index < pageSize || (end !== undefined && byPlace(row, end) === 0));
  };
  const claim = (row: StoredRow) => row.digests.find(([key]) => key === "record")?.[1];
  const claiming = (upTo: number) =>
    sorted.filter((row) => row.sequence === 0 && row.block <= upTo && claim(row) !== undefined);
  return {
    bounds: async () => ({ last: of(BLOCKS_CHAIN).at(-1), lastNamed: Math.max(-1, ...rows.map(({ block }) => block)) }),
    rows: async (after, upTo) =>
      withTies(sorted.filter((row) => standing(row) <= upTo && (after === undefined || byPlace(row, after) > 0))),
    blocks: async (after, upTo) =>
      of(BLOCKS_CHAIN)
        .filter(({ sequence }) => sequence > after && sequence <= upTo)
        .slice(0, pageSize),
    covered: async (from, to) =>
      sorted
        .filter(({ submissionId, block }) => submissionId !== BLOCKS_CHAIN && block >= from && block <= to)
        .sort((a, b) => a.block - b.block || byPlace(a, b)),
    records: async (after) => {
      const from = after === undefined ? 0 : records.indexOf(after) + 1;
      return records.slice(from, from + pageSize);
    },
    claims: async (ids, upTo) =>
      new Map(
        claiming(upTo)
          .filter(({ submissionId }) => ids.includes(submissionId))
          .map((row) => [row.submissionId, claim(row) ?? ""]),
      ),
    claimed: async (upTo) => claiming(upTo).length,
    bereft: async (upTo) =>
      claiming(upTo)
        .filter((row) => !records.some(({ digest }) => digest === claim(row)))
        .map(({ submissionId }) => submissionId),
    chain: async (id, upTo) => of(id).filter(({ block }) => block <= upTo),
    blocksOf: async (id, upTo) =>
      of(BLOCKS_CHAIN).filter(
        (row) =>
          row.block <= upTo && row.detail.some(([key, text]) => key === "places" && ` ${text}`.includes(` ${id}:`)),
      ),
    recordsOf: async (id) => records.filter(({ record }) => record.submissionId === id),
  };
}
