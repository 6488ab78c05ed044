import { UserError } from "../../spec/user-error.ts";
import type { Block } from "./block.ts";
import { NO_HASH } from "./hash.ts";
import type { Left } from "./journal.ts";
import { AuditReader } from "./reader.ts";
import { EVENTS, SUBMISSIONS, toEventRow, toRecordRow } from "./rows.ts";
import type { AuditTables } from "./store.ts";
import type { Claimed } from "./table-log.ts";
import type { BlockPlace } from "./verify.ts";

/** Submissions into their table, in one insertion: before the blocks of their claims, so that whoever reads one finds them. */
export async function insertClaimed(tables: AuditTables, claimed: readonly Claimed[]): Promise<void> {
  if (claimed.length === 0) return;
  await tables.insert(
    SUBMISSIONS,
    claimed.map(({ record, digest }) => toRecordRow(record, digest)),
  );
}

/** Rows of blocks into their table, in one insertion. */
export async function insertBlocks(tables: AuditTables, blocks: readonly Pick<Block, "rows" | "row">[]): Promise<void> {
  const last = blocks.at(-1);
  if (last === undefined) return;
  const rows = blocks.flatMap(({ rows, row }) => [...rows, row].map(toEventRow));
  await tables.insert(EVENTS, rows, `block/${last.row.sequence}`);
}

/** Whether a block comes after this one; undefined: there is none yet. */
export const isBehind =
  (last: BlockPlace | undefined) =>
  ({ row }: Pick<Block, "row">): boolean =>
    row.sequence > (last?.sequence ?? -1);

/**
 * What an earlier process left in its journal, into the tables; they have some of it already, or all.
 *
 * @param say told of a block that has no end
 * @returns the blocks that are left out since they have no end
 * @throws UserError (environment) when it does not go on where the tables end, or was changed
 */
export async function replay(
  tables: AuditTables,
  left: Left,
  say: (message: string) => void,
): Promise<readonly number[]> {
  const last = await new AuditReader(tables).lastBlock();
  const missing = left.blocks.filter(isBehind(last));
  let before: BlockPlace | undefined = last;
  for (const { row } of missing) {
    if (row.sequence !== (before?.sequence ?? -1) + 1 || row.previousHash !== (before?.hash ?? NO_HASH)) {
      throw new UserError(
        `Block ${row.sequence} in the audit log's journal does not follow on block ${before?.sequence ?? -1}: something between them is missing or was changed.`,
        { hint: KEEP, exitCode: 2 },
      );
    }
    before = row;
  }
  const isMissing = (sequence: number) => sequence > (before?.sequence ?? -1);
  const changed = left.changed.find(isMissing);
  if (changed !== undefined) {
    throw new UserError(
      `Block ${changed} in the audit log's journal is not as it was written: its line was changed since, or the power failed while it was written.`,
      {
        hint: `${KEEP} Only if the power failed, so that nobody was told that it stands: remove the line that ends with {"end":${changed}}.`,
        exitCode: 2,
      },
    );
  }
  await insertClaimed(
    tables,
    missing.flatMap(({ claimed }) => claimed),
  );
  await insertBlocks(tables, missing);
  const leftOut = [...left.cut.keys()].filter(isMissing);
  for (const sequence of leftOut) {
    say(
      `Block ${sequence} in the audit log's journal has no end and is left out: most likely the process died or had no room while it wrote it, and told nobody that it stands. Was its end damaged since, it is lost: what is there of it is kept in the journal's folder, as cut-${sequence}-….txt.`,
    );
  }
  return leftOut;
}

/** With that journal nothing opens the folder, `orch audit verify` included. */
const KEEP =
  "Keep a copy of the folder. In another copy, without its `journal`, `orch audit verify --folder` says whether the tables are whole.";
