import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planBlock } from "../../../submission/service/audit/block.ts";
import { recordDigest } from "../../../submission/service/audit/hash.ts";
import { openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import { Journal, type JournaledBlock, lineOf } from "../../../submission/service/audit/journal.ts";
import { replay } from "../../../submission/service/audit/settle.ts";
import { AuditTables } from "../../../submission/service/audit/store.ts";
import { UserError } from "../../../submission/spec/user-error.ts";
import { accepted, submission } from "./submissions.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-journal-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** So many blocks, each the claim of one submission. */
function blocks(count: number): JournaledBlock[] {
  let last: JournaledBlock["row"] | undefined;
  return Array.from({ length: count }, (_, index) => {
    const record = submission(`sub-${index}`);
    const digest = recordDigest(record);
    const addition = { submissionId: record.submissionId, entries: [accepted()], claim: digest };
    const writer = { name: "test", key: `block-${index}`, at: 1_000 + index };
    const { row, rows } = planBlock(last, new Map(), [addition], writer);
    last = row;
    return { row, rows, claimed: [{ record, digest }] };
  });
}

async function leftIn(place: string): Promise<number[]> {
  const left: number[] = [];
  const journal = await Journal.open(place, async (found) => {
    left.push(...found.blocks.map(({ row }) => row.sequence));
    return [];
  });
  await journal.close();
  return left;
}

const nothing = async () => [];

describe("the journal", () => {
  test("gives whoever opens it next all that is not in the tables, in order, whatever was settled and written over", async () => {
    const all = blocks(60);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 30 }), async (behind) => {
        const place = await mkdtemp(join(folder, "run-"));
        const journal = await Journal.open(place, nothing);
        let settled = -1;
        for (const [index, distance] of behind.entries()) {
          const block = all[index];
          if (block === undefined) throw new Error("too few blocks");
          await journal.append(block);
          settled = Math.max(settled, index - distance);
          journal.settled(settled);
        }
        await journal.close();
        const left = (await leftIn(place)).filter((sequence) => sequence > settled);
        expect(left).toEqual(Array.from({ length: behind.length - 1 - settled }, (_, index) => settled + 1 + index));
        expect(await leftIn(place)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test("does not take a line for whole that the process died in", async () => {
    const journal = await Journal.open(folder, nothing);
    for (const block of blocks(3)) await journal.append(block);
    await journal.close();
    const path = join(folder, "journal-1.jsonl");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.slice(0, -20));
    expect(await leftIn(folder)).toEqual([0, 1]);
  });

  test("refuses what cannot be written, and goes on when it can be", async () => {
    const journal = await Journal.open(folder, nothing);
    const [first, second] = blocks(2);
    if (first === undefined || second === undefined) throw new Error("no blocks");
    const endless: Record<string, unknown> = {};
    endless.self = endless;
    await expect(journal.append({ ...first, claimed: [endless as never] })).rejects.toThrow(
      "nothing is known to be written",
    );
    await journal.append(first);
    await journal.append(second);
    await journal.close();
    expect(await leftIn(folder)).toEqual([0, 1]);
  });
});

describe("a journal that was damaged", () => {
  /** Opened onto tables that are empty: the last block they get, or why it is not opened, and what is said. */
  async function outcome(place: string) {
    const said: string[] = [];
    const inserted: object[] = [];
    const tables = new AuditTables({
      query: async () => "",
      insert: async (_table, values) => void inserted.push(...values),
      close: async () => undefined,
    });
    const opening = Journal.open(place, (left) => replay(tables, left, (message) => said.push(message)));
    const refused = await opening.then(
      (journal) => journal.close().then(() => undefined),
      (error: unknown) => error,
    );
    const submissions = inserted.filter((row) => "manifest" in row).length;
    return { refused, said, submissions };
  }

  test("by any one byte in either file is whole all the same, or refused, or its last block is named", async () => {
    const lines = blocks(4).map((block) => `${lineOf(block)}\n`);
    const files = [`${lines[0]}${lines[2]}`, `${lines[1]}${lines[3]}`].map((text) => Buffer.from(text, "utf8"));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat({ max: 7 }),
        async (...at) => {
          const [which, where, bit] = at;
          const place = await mkdtemp(join(folder, "run-"));
          for (const [index, bytes] of files.entries()) {
            const damaged = Buffer.from(bytes);
            const offset = Math.min(bytes.length - 1, Math.floor(where * bytes.length));
            if (index === which) damaged[offset] = (damaged[offset] ?? 0) ^ (1 << bit);
            await writeFile(join(place, `journal-${index}.jsonl`), damaged);
          }
          const { refused, said, submissions } = await outcome(place);
          if (refused !== undefined) expect(refused).toBeInstanceOf(UserError);
          else if (submissions < 4)
            expect(said).toEqual([expect.stringContaining("Block 3 in the audit log's journal has no end")]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("in its last block, which was written to its end, is refused, and stays as it is", async () => {
    const [first, second] = blocks(2);
    if (first === undefined || second === undefined) throw new Error("no blocks");
    const text = `${lineOf(first)}\n${lineOf(second).replace("team-research", "team-resebrch")}\n`;
    await writeFile(join(folder, "journal-0.jsonl"), text);
    const { refused } = await outcome(folder);
    expect(refused).toMatchObject({
      message: expect.stringContaining("Block 1 in the audit log's journal is not as it was written"),
      hint: expect.stringContaining("Keep a copy of the folder."),
    });
    expect(await readFile(join(folder, "journal-0.jsonl"), "utf8")).toBe(text);
  });

  test("by the death of its process in the last block opens without it and says so", async () => {
    const [first, second] = blocks(2);
    if (first === undefined || second === undefined) throw new Error("no blocks");
    await writeFile(join(folder, "journal-0.jsonl"), `${lineOf(first)}\n${lineOf(second).slice(0, -500)}`);
    const { refused, said, submissions } = await outcome(folder);
    expect({ refused, submissions }).toEqual({ refused: undefined, submissions: 1 });
    expect(said).toEqual([expect.stringContaining("Block 1 in the audit log's journal has no end and is left out")]);
    const kept = (await readdir(folder)).filter((name) => name.startsWith("cut-1-"));
    expect(kept).toHaveLength(1);
    expect(await readFile(join(folder, kept[0] ?? ""), "utf8")).toBe(lineOf(second).slice(0, -500));
  });

  test("in what a failed write left behind the block that took its place is whole", async () => {
    const [first, second] = blocks(2);
    if (first === undefined || second === undefined) throw new Error("no blocks");
    const longer = { ...second, claimed: [...second.claimed, ...second.claimed] };
    const rest = lineOf(longer).slice(lineOf(second).length + 1);
    await writeFile(join(folder, "journal-0.jsonl"), `${lineOf(first)}\n${lineOf(second)}\n${rest}\n`);
    expect(await outcome(folder)).toEqual({ refused: undefined, said: [], submissions: 2 });
  });
});

describe("an audit log whose process died between journal and tables", () => {
  async function left(all: readonly JournaledBlock[]): Promise<void> {
    const lines = all.map((block) => `${JSON.stringify(block)}\n`);
    await (await openEmbeddedAuditLog(folder)).close();
    await writeFile(join(folder, "journal", "journal-0.jsonl"), lines.join(""));
  }

  test("has all of it when it is opened again, and is whole", async () => {
    await left(blocks(5));
    const log = await openEmbeddedAuditLog(folder);
    expect(await log.record("sub-4")).toEqual(submission("sub-4"));
    expect((await log.events(["sub-0", "sub-4"])).get("sub-4")).toEqual(new Set(["accepted"]));
    expect((await log.verify(undefined))?.findings).toEqual([]);
    expect(await log.open(submission("sub-2", { actor: "late" }), accepted())).toMatchObject({ outcome: "exists" });
    await log.close();
  });

  test("is not opened where a block between others is missing or changed, and the block is named", async () => {
    const [first, second, third] = blocks(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("no blocks");
    await left([first, third]);
    await expect(openEmbeddedAuditLog(folder)).rejects.toThrow(
      "Block 2 in the audit log's journal does not follow on block 0",
    );
    const changed = { ...second, rows: second.rows.map((row) => ({ ...row, actor: "somebody else" })) };
    await writeFile(
      join(folder, "journal", "journal-0.jsonl"),
      `${JSON.stringify(first)}\n${JSON.stringify(changed)}\n${JSON.stringify(third)}\n`,
    );
    await expect(openEmbeddedAuditLog(folder)).rejects.toThrow(
      "Block 2 in the audit log's journal does not follow on block 0",
    );
  });

  test("is not opened where its journal cannot be read, and says where and why", async () => {
    await left(blocks(1));
    await rm(join(folder, "journal", "journal-1.jsonl"));
    await mkdir(join(folder, "journal", "journal-1.jsonl"));
    await expect(openEmbeddedAuditLog(folder)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(`^The audit log in ${folder} cannot be opened: EISDIR`),
      exitCode: 2,
    });
    await rm(join(folder, "journal", "journal-1.jsonl"), { recursive: true });
    const log = await openEmbeddedAuditLog(folder);
    expect(await log.record("sub-0")).toEqual(submission("sub-0"));
    await log.close();
  });

  test("is not opened in a file, and says so", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(openEmbeddedAuditLog(file)).rejects.toMatchObject({ name: "UserError", exitCode: 2 });
  });
});
