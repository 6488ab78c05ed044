import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Unavailable } from "../unavailable.ts";
import { recordDigest, rowHash, type StoredRow } from "./hash.ts";
import type { Claimed } from "./table-log.ts";

/** A block that stands and may not be in the tables yet. */
export interface JournaledBlock {
  /** Its row on `checkpoint/all`. */
  readonly row: StoredRow;
  readonly rows: readonly StoredRow[];
  /** Submissions that were claimed with it. */
  readonly claimed: readonly Claimed[];
}

/** What an earlier process left. */
export interface Left {
  /** In their order; the tables may have some of them. */
  readonly blocks: readonly JournaledBlock[];
  /** Lines that have no end, by their block: whoever wrote them died meanwhile, or had no room. */
  readonly cut: ReadonlyMap<number, string>;
  /** Blocks of lines that were written to their end and are not as they were written. */
  readonly changed: readonly number[];
}

interface Segment {
  readonly file: FileHandle;
  /** Where the next line goes. */
  end: number;
  /** The last block in it, or on its way into it, that is not in the tables; -1: what is in it is of no use any more. */
  last: number;
}

const NAMES = ["journal-0.jsonl", "journal-1.jsonl"] as const;
/** A file that grew beyond it is cut when it is begun anew. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** A write is on the disk when it returns: one turn in the thread pool instead of two. macOS's own leaves it in the disk's cache. */
const WRITTEN_THROUGH = process.platform === "linux" ? constants.O_DSYNC : 0;

/**
 * Blocks on the disk ahead of the tables: one line each, in two files that are filled in turn and written over. A line is one write and
 * one sync in a file that has its size already; an insertion makes and syncs a dozen new ones for each table, and to let a file grow has to
 * wait for those too.
 */
export class Journal {
  readonly #segments: readonly [Segment, Segment];
  #current: Segment;
  /** The last line of the current one may be there in part, or whole for a block that does not stand. */
  #torn = false;

  private constructor(segments: readonly [Segment, Segment]) {
    this.#segments = segments;
    this.#current = segments[0];
  }

  /**
   * Of the process that owns the folder. `take` gets what an earlier one left before it is removed, and says which lines without an end
   * nothing else has: those are kept, in a file of their own, in case they had one once.
   */
  static async open(folder: string, take: (left: Left) => Promise<readonly number[]>): Promise<Journal> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [first, second] = NAMES.map((name) => join(folder, name)) as [string, string];
    const left = leftIn([...(await linesOf(first)), ...(await linesOf(second))]);
    for (const sequence of await take(left)) {
      const kept = await open(join(folder, `cut-${sequence}-${Date.now()}.txt`), "wx", 0o600);
      await kept.writeFile(left.cut.get(sequence) ?? "");
      await kept.sync();
      await kept.close();
    }
    const journal = new Journal([await emptied(first), await emptied(second)]);
    await synced(folder);
    return journal;
  }

  /** One at a time. Durable when it resolves; when it rejects, the next one goes over it. @returns its bytes */
  async append(block: JournaledBlock): Promise<number> {
    const other = this.#segments.find((segment) => segment !== this.#current);
    // Where a line may be there in part, the next one goes over it.
    if (!this.#torn && this.#current.last >= 0 && other?.last === -1) this.#current = other;
    const segment = this.#current;
    const { end, last } = segment;
    segment.last = block.row.sequence;
    try {
      const anew = last === -1 && !this.#torn;
      if (anew && end > KEPT_BYTES) await segment.file.truncate(0);
      if (anew) segment.end = 0;
      const line = Buffer.from(`${lineOf(block)}\n`, "utf8");
      this.#torn = true;
      await written(segment.file, line, segment.end);
      if (WRITTEN_THROUGH === 0) await segment.file.datasync();
      this.#torn = false;
      segment.end += line.length;
      return line.length;
    } catch (cause) {
      segment.last = last;
      throw new Unavailable("audit", "The audit log's journal cannot be written; nothing is known to be written.", {
        cause,
      });
    }
  }

  /** All blocks up to this one are in the tables. */
  settled(sequence: number): void {
    for (const segment of this.#segments) {
      if (segment.last <= sequence) segment.last = -1;
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.#segments) await file.close();
  }
}

async function written(file: FileHandle, line: Buffer, position: number): Promise<void> {
  for (let from = 0; from < line.length; ) {
    from += (await file.write(line, from, line.length - from, position + from)).bytesWritten;
  }
}

/** So that the files are found in it. */
async function synced(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}

async function emptied(path: string): Promise<Segment> {
  const { O_WRONLY, O_CREAT, O_TRUNC } = constants;
  return { file: await open(path, O_WRONLY | O_CREAT | O_TRUNC | WRITTEN_THROUGH, 0o600), end: 0, last: -1 };
}

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n");
}

/** Its end repeats which block it is: a line with another end, or none, was not written to its end. */
export const lineOf = ({ row, rows, claimed }: JournaledBlock): string =>
  JSON.stringify({ row, rows, claimed, end: row.sequence });

const HEAD = /^\{"row":\{"submissionId":"checkpoint\/all","sequence":(\d{1,15}),/;
const END = /"end":(\d{1,15})\}$/;

/** Whatever is whole, also what was written over in part, which the tables have; and of the rest what it was. */
function leftIn(lines: readonly string[]): Left {
  const blocks = new Map<number, JournaledBlock>();
  const cut = new Map<number, string>();
  const changed = new Set<number>();
  for (const line of lines) {
    const block = read(line);
    const end = END.exec(line.slice(-40))?.[1];
    const head = HEAD.exec(line.slice(0, 100))?.[1];
    if (block !== undefined) blocks.set(block.row.sequence, block);
    else if (end !== undefined) changed.add(Number(end));
    if (block === undefined && head !== undefined && head !== end) cut.set(Number(head), line);
  }
  return {
    blocks: [...blocks.values()].sort((a, b) => a.row.sequence - b.row.sequence),
    cut: new Map([...cut].filter(([sequence]) => !blocks.has(sequence) && !changed.has(sequence))),
    changed: [...changed].filter((sequence) => !blocks.has(sequence)),
  };
}

function read(line: string): JournaledBlock | undefined {
  try {
    const block: JournaledBlock = JSON.parse(line);
    const rows = [...block.rows, block.row].every((row) => rowHash(row) === row.hash);
    return rows && block.claimed.every(({ record, digest }) => recordDigest(record) === digest) ? block : undefined;
  } catch {
    return undefined;
  }
}
