import type { SubmissionRecord } from "../model.ts";
import { BLOCKS_CHAIN, coveredPlaces } from "./block.ts";
import { ChainWalk, type CoveredRow, checkBlock, type Finding, uncovered } from "./findings.ts";
import { type Place, recordDigest, type StoredRow } from "./hash.ts";

/** Beyond this many the report says that there are more. */
const MAX_FINDINGS = 1_000;

export interface BlockPlace {
  readonly sequence: number;
  readonly hash: string;
}

/** `<block>:<hash>`, as an end of the log is written down. */
export const HEAD_PATTERN = /^(\d{1,15}):([0-9a-f]{64})$/;

/** Undefined: there is none, or it is not one. */
export function headOf(text: string | undefined): BlockPlace | undefined {
  const [, sequence, hash] = HEAD_PATTERN.exec(text ?? "") ?? [];
  return sequence === undefined || hash === undefined ? undefined : { sequence: Number(sequence), hash };
}

/** A submission as it stands beside its chain. */
export interface StoredRecord {
  readonly digest: string;
  readonly record: SubmissionRecord;
}

/** What stands, page by page; `upTo` leaves out the blocks behind it, so that a log can be verified while it is written. */
export interface AuditPages {
  /** Last row of `checkpoint/all`, and the last block any row names; at one moment. */
  bounds(): Promise<{ readonly last: BlockPlace | undefined; readonly lastNamed: number }>;
  /** In the order of chain and sequence, behind `after`; rows of one place come together. Empty: there are no more. */
  rows(after: Place | undefined, upTo: number): Promise<readonly StoredRow[]>;
  /** Rows of `checkpoint/all` behind `after`, as many as cover a bounded number of rows, one at least if there is one. */
  blocks(after: number, upTo: number): Promise<readonly StoredRow[]>;
  /** Rows of `from` to `to`, but those of `checkpoint/all`, in the order of block, chain and sequence. */
  covered(from: number, to: number): Promise<readonly CoveredRow[]>;
  /** In the order of time, behind `after`. */
  records(after: StoredRecord | undefined): Promise<readonly StoredRecord[]>;
  /** Digest each chain's first row names, of those that name one. */
  claims(submissionIds: readonly string[], upTo: number): Promise<ReadonlyMap<string, string>>;
  /** How many chains name a submission, up to a block. */
  claimed(upTo: number): Promise<number>;
  /** Chains whose submission is not there, at most so many. */
  bereft(upTo: number, limit: number): Promise<readonly string[]>;
  /** One chain, and the blocks that say they cover rows of it. */
  chain(submissionId: string, upTo: number): Promise<readonly StoredRow[]>;
  blocksOf(submissionId: string, upTo: number): Promise<readonly StoredRow[]>;
  recordsOf(submissionId: string): Promise<readonly StoredRecord[]>;
}

export interface Progress {
  readonly rows: number;
  readonly blocks: number;
  readonly submissions: number;
}

export interface Verified extends Progress {
  readonly chains: number;
  /** End of the log: written down elsewhere, it shows later that nothing up to here was cut off or written anew. */
  readonly head: BlockPlace | undefined;
  readonly findings: readonly Finding[];
  /** There are more findings than are named. */
  readonly truncated: boolean;
}

export interface VerifyOptions {
  /** An end of the log that was written down before. */
  readonly head?: BlockPlace | undefined;
  /** What it throws ends the verification. */
  readonly onProgress?: (progress: Progress) => void;
}

class Report {
  readonly #seen = new Set<string>();
  readonly findings: Finding[] = [];
  truncated = false;
  rows = 0;
  blocks = 0;
  submissions = 0;

  /** A row that is missing is seen from its chain and from its block. */
  add(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const name = `${finding.kind} ${finding.chain} ${finding.sequence}`;
      if (this.#seen.has(name)) continue;
      if (this.findings.length === MAX_FINDINGS) {
        this.truncated = true;
        return;
      }
      this.#seen.add(name);
      this.findings.push(finding);
    }
  }

  progress(): Progress {
    return { rows: this.rows, blocks: this.blocks, submissions: this.submissions };
  }
}

/** Everything: each row, each chain, each block, each submission. Memory does not grow with the log. */
export async function verifyAll(pages: AuditPages, options: VerifyOptions = {}): Promise<Verified> {
  const report = new Report();
  const walk = new ChainWalk();
  const { last, lastNamed } = await pages.bounds();
  const upTo = last?.sequence ?? -1;
  const step = () => options.onProgress?.(report.progress());
  for await (const rows of turned<StoredRow>((after) => pages.rows(after, upTo))) {
    for (const row of rows) {
      report.add(walk.take(row));
      if (row.submissionId === BLOCKS_CHAIN && row.sequence === options.head?.sequence) {
        report.add(wasHead(row, options.head));
      }
    }
    report.rows += rows.length;
    step();
  }
  if (options.head !== undefined && options.head.sequence > upTo) report.add(cut(options.head, upTo));
  let before = -1;
  for await (const blocks of turned<StoredRow>((after) => pages.blocks(after?.sequence ?? -1, upTo))) {
    const to = blocks.at(-1)?.sequence ?? before;
    const rows = Map.groupBy(await pages.covered(before + 1, to), ({ block }) => block);
    for (const block of blocks) {
      report.add(checkBlock(block, rows.get(block.sequence) ?? []));
      rows.delete(block.sequence);
    }
    report.add([...rows.values()].flat().map(uncovered));
    report.blocks += blocks.length;
    before = to;
    step();
  }
  if (lastNamed > upTo) report.add((await pages.covered(upTo + 1, lastNamed)).map(uncovered));
  await verifyRecords(pages, upTo, report, step);
  return {
    ...report.progress(),
    chains: walk.chains,
    head: last,
    findings: report.findings,
    truncated: report.truncated,
  };
}

async function verifyRecords(pages: AuditPages, upTo: number, report: Report, step: () => void): Promise<void> {
  // What was written twice stands side by side; what a claim that lost has left is named by no chain.
  let counted: string | undefined;
  for await (const records of turned<StoredRecord>((after) => pages.records(after))) {
    const claims = await pages.claims(
      records.map(({ record }) => record.submissionId),
      upTo,
    );
    for (const { digest, record } of records) {
      if (claims.get(record.submissionId) !== digest) continue;
      if (recordDigest(record) !== digest) report.add([recordChanged(record.submissionId)]);
      const name = `${record.acceptedAt} ${record.submissionId}`;
      if (name !== counted) report.submissions++;
      counted = name;
    }
    step();
  }
  if (report.submissions < (await pages.claimed(upTo))) {
    report.add((await pages.bereft(upTo, MAX_FINDINGS)).map(recordMissing));
  }
}

/** One chain: its rows, the blocks that cover them, its submission. Undefined: nobody has ever written to it. */
export async function verifyChain(pages: AuditPages, submissionId: string): Promise<Verified | undefined> {
  const report = new Report();
  const walk = new ChainWalk();
  const { last } = await pages.bounds();
  const upTo = last?.sequence ?? -1;
  const rows = await pages.chain(submissionId, upTo);
  const blocks = await pages.blocksOf(submissionId, upTo);
  if (rows.length === 0 && blocks.length === 0) return undefined;
  for (const row of rows) report.add(walk.take(row));
  for (const block of blocks) {
    report.add(new ChainWalk().take(block).filter(({ kind }) => kind === "changed" || kind === "moved"));
    report.add(checkBlock(block, await pages.covered(block.sequence, block.sequence)).filter(concerns(submissionId)));
  }
  const covering = new Set(blocks.map(({ sequence }) => sequence));
  report.add(rows.filter(({ block }) => !covering.has(block)).map(uncovered));
  const claim = rows[0]?.digests.find(([key]) => key === "record")?.[1];
  if (claim !== undefined) {
    const records = (await pages.recordsOf(submissionId)).filter(({ digest }) => digest === claim);
    if (records.length === 0) report.add([recordMissing(submissionId)]);
    if (records.some(({ record }) => recordDigest(record) !== claim)) report.add([recordChanged(submissionId)]);
    report.submissions = Math.min(1, records.length);
  }
  report.rows = rows.length;
  report.blocks = blocks.length;
  return { ...report.progress(), chains: 1, head: last, findings: report.findings, truncated: report.truncated };
}

const concerns =
  (submissionId: string) =>
  ({ chain }: Finding): boolean =>
    chain === submissionId || chain === BLOCKS_CHAIN;

async function* turned<Row>(page: (after: Row | undefined) => Promise<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  let after: Row | undefined;
  for (;;) {
    const rows = await page(after);
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1);
  }
}

const wasHead = (row: StoredRow, head: BlockPlace): Finding[] =>
  row.hash === head.hash
    ? []
    : [
        {
          kind: "exchanged",
          chain: BLOCKS_CHAIN,
          sequence: head.sequence,
          message: `Row ${head.sequence} of ${BLOCKS_CHAIN} was exchanged: its hash was ${head.hash}, by what was written down.`,
        },
      ];

const cut = (head: BlockPlace, upTo: number): Finding[] => [
  {
    kind: "missing",
    chain: BLOCKS_CHAIN,
    sequence: upTo + 1,
    message: `Rows ${upTo + 1} to ${head.sequence} of ${BLOCKS_CHAIN} are missing: the log went on to there, by what was written down.`,
  },
];

const recordChanged = (chain: string): Finding => ({
  kind: "changed",
  chain,
  sequence: undefined,
  message: `The submission ${chain} was changed: its documents, manifest or fields are not those its chain's first row names.`,
});

const recordMissing = (chain: string): Finding => ({
  kind: "missing",
  chain,
  sequence: undefined,
  message: `The submission ${chain} is missing: its chain's first row names it, and no table has it.`,
});

/** Rows a block says it covers: how many of them are looked at at once follows from that. */
export const coveredCount = (block: StoredRow): number =>
  coveredPlaces(block.detail.find(([key]) => key === "places")?.[1] ?? " ")?.length ?? 1;
