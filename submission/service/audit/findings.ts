import { BLOCKS_CHAIN, coveredPlaces } from "./block.ts";
import { blockDigest, NO_HASH, type Place, rowHash, type StoredRow } from "./hash.ts";

/**
 * `changed`: a field is not what was hashed. `moved`: it stands at another sequence than it was written at. `missing`: it was written and is not there.
 * `inserted`: it is there and was never written, or twice. `exchanged`: it fits its own hash, and is not the row that was written.
 * `unlinked`: it follows another row than the one before it. `uncovered`: the row of its block is missing.
 */
export const FINDING_KINDS = ["changed", "moved", "missing", "inserted", "exchanged", "unlinked", "uncovered"] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One thing that is not as it was written. */
export interface Finding {
  readonly kind: FindingKind;
  /** The submission, `refused/<request>` or `checkpoint/all`. */
  readonly chain: string;
  /** Of the row; undefined: the submission beside the chain. */
  readonly sequence: number | undefined;
  /** A sentence. */
  readonly message: string;
}

/** Sequences at which a row is looked for that does not fit its own. */
const MOVES = 1_000;

/** Walks rows in the order of chain and sequence, of any number of chains, and remembers one. */
export class ChainWalk {
  #before: StoredRow | undefined;
  /** Chains it has come by. */
  chains = 0;

  take(row: StoredRow): Finding[] {
    const before = this.#before?.submissionId === row.submissionId ? this.#before : undefined;
    if (before === undefined) this.chains++;
    this.#before = row;
    const findings: Finding[] = [];
    const expected = before === undefined ? 0 : before.sequence + 1;
    if (row.sequence < expected) {
      findings.push(finding("inserted", row, "a row of this sequence is there already"));
    }
    for (let sequence = expected; sequence < Math.min(row.sequence, expected + MOVES); sequence++) {
      findings.push(finding("missing", { ...row, sequence }, "the chain has a gap here"));
    }
    if (rowHash(row) !== row.hash) {
      const written = writtenAt(row);
      findings.push(
        written === undefined
          ? finding("changed", row, "its fields are not those that were hashed")
          : finding("moved", row, `it was written as row ${written}`),
      );
    }
    if (row.sequence === expected && row.previousHash !== (before?.hash ?? NO_HASH)) {
      findings.push(finding("unlinked", row, "it was written behind another row than the one before it"));
    }
    return findings;
  }
}

function writtenAt(row: StoredRow): number | undefined {
  for (let sequence = 0; sequence < MOVES; sequence++) {
    if (sequence !== row.sequence && rowHash({ ...row, sequence }) === row.hash) return sequence;
  }
  return undefined;
}

/** What is read of the rows a block covers. */
export type CoveredRow = Pick<StoredRow, "submissionId" | "sequence" | "block" | "hash">;

/** A block against the rows that name it, these in the order of chain and sequence. */
export function checkBlock(block: StoredRow, rows: readonly CoveredRow[]): Finding[] {
  const places = coveredPlaces(block.detail.find(([key]) => key === "places")?.[1] ?? " ");
  if (places === undefined) return [finding("changed", block, "it does not say which rows it covers")];
  const findings: Finding[] = [];
  const there = new Map<string, CoveredRow>();
  for (const row of rows) {
    if (there.has(nameOf(row))) findings.push(finding("inserted", row, "it is there more than once"));
    there.set(nameOf(row), row);
  }
  for (const place of places) {
    const row = there.get(nameOf(place));
    there.delete(nameOf(place));
    if (row === undefined) {
      findings.push(finding("missing", place, `block ${block.sequence} has written it`));
    } else if (!row.hash.startsWith(place.hashStart)) {
      findings.push(finding("exchanged", place, `block ${block.sequence} has written another in its place`));
    }
  }
  for (const row of there.values()) {
    findings.push(finding("inserted", row, `block ${block.sequence}, which it names, has not written it`));
  }
  const digest = block.digests.find(([key]) => key === "rows")?.[1];
  if (findings.length === 0 && blockDigest(rows.map(({ hash }) => hash)) !== digest) {
    findings.push(finding("exchanged", block, "its digest is not that of the rows it covers"));
  }
  return findings;
}

export const uncovered = (row: CoveredRow): Finding =>
  finding("uncovered", row, `row ${row.block} of ${BLOCKS_CHAIN}, which covers it, is missing`);

const nameOf = ({ submissionId, sequence }: Place) => `${submissionId}:${sequence}`;

const finding = (kind: FindingKind, { submissionId, sequence }: Place, why: string): Finding => ({
  kind,
  chain: submissionId,
  sequence,
  message: `Row ${sequence} of ${submissionId} ${VERBS[kind]}: ${why}.`,
});

const VERBS: Readonly<Record<FindingKind, string>> = {
  changed: "was changed",
  moved: "was moved",
  missing: "is missing",
  inserted: "was inserted",
  exchanged: "was exchanged",
  unlinked: "is not linked",
  uncovered: "is not covered",
};
