import { type FileHandle, mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { UserError } from "../../spec/user-error.ts";
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

interface Segment {
  readonly path: string;
  readonly file: FileHandle;
  size: number;
  /** The last block in it, or on its way into it; -1: it is empty. */
  last: number;
  /** A write failed, and what it left behind could not be cut off. */
  torn: boolean;
}

const NAMES = ["journal-0.jsonl", "journal-1.jsonl"] as const;

/**
 * Blocks on the disk ahead of the tables: one line each, in two files that are filled and emptied in turn. A line is one write and one
 * sync of a file that is there, where an insertion makes and syncs a dozen new ones for each table.
 */
export class Journal {
  readonly #segments: readonly [Segment, Segment];
  #current: Segment;
  /** Nothing is cut from a file while something is written to it. */
  readonly #alone = pLimit(1);

  private constructor(segments: readonly [Segment, Segment]) {
    this.#segments = segments;
    this.#current = segments[0];
  }

  /**
   * Of the process that owns the folder. `take` gets what an earlier one left, blocks in their order, before it is removed.
   *
   * @throws UserError (environment) when a line is not as it was written
   */
  static async open(folder: string, take: (left: readonly JournaledBlock[]) => Promise<void>): Promise<Journal> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [first, second] = NAMES.map((name) => join(folder, name)) as [string, string];
    const left = [...(await blocksOf(first)), ...(await blocksOf(second))];
    await take(left.sort((a, b) => a.row.sequence - b.row.sequence));
    return new Journal([await emptied(first), await emptied(second)]);
  }

  /** Durable when it resolves; when it rejects, the block does not stand. @returns its bytes */
  append(block: JournaledBlock): Promise<number> {
    return this.#alone(async () => {
      const other = this.#segments.find((segment) => segment !== this.#current);
      if (this.#current.last >= 0 && other?.last === -1) this.#current = other;
      const segment = this.#current;
      try {
        // A line that was cut off half-way would swallow the next.
        if (segment.torn) await cut(segment, segment.size);
        const line = Buffer.from(`${JSON.stringify(block)}\n`, "utf8");
        segment.torn = true;
        await written(segment, line);
        await segment.file.datasync();
        segment.torn = false;
        segment.size += line.length;
        segment.last = block.row.sequence;
        return line.length;
      } catch (cause) {
        throw new Unavailable("audit", "The audit log's journal cannot be written; nothing was accepted.", { cause });
      }
    });
  }

  /** All blocks up to this one are in the tables. */
  settled(sequence: number): Promise<void> {
    return this.#alone(async () => {
      for (const segment of this.#segments) {
        if (segment.last === -1 || segment.last > sequence) continue;
        await cut(segment, 0);
        segment.last = -1;
      }
    });
  }

  async close(): Promise<void> {
    await this.#alone(async () => {
      for (const { file } of this.#segments) await file.close();
    });
  }
}

async function written({ file, size }: Segment, line: Buffer): Promise<void> {
  for (let from = 0; from < line.length; ) {
    from += (await file.write(line, from, line.length - from, size + from)).bytesWritten;
  }
}

async function cut(segment: Segment, size: number): Promise<void> {
  await segment.file.truncate(size);
  segment.size = size;
  segment.torn = false;
}

async function emptied(path: string): Promise<Segment> {
  const file = await open(path, "w", 0o600);
  return { path, file, size: 0, last: -1, torn: false };
}

/** A last line without its end was being written when the process died: nobody was told that it stands. */
async function blocksOf(path: string): Promise<JournaledBlock[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line, index) => {
    const block = read(line);
    if (block !== undefined) return block;
    throw new UserError(`Line ${index + 1} of ${path} is not as it was written: the audit log cannot go on from it.`, {
      hint: "The lines before it stand. Keep a copy of the file, restore it, or remove the lines from this one on.",
      exitCode: 2,
    });
  });
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
