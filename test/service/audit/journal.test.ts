import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { planBlock } from "../../../submission/service/audit/block.ts";
import { recordDigest } from "../../../submission/service/audit/hash.ts";
import { openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import { Journal, type JournaledBlock } from "../../../submission/service/audit/journal.ts";
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
    left.push(...found.map(({ row }) => row.sequence));
  });
  await journal.close();
  return left;
}

const nothing = async () => undefined;

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
});
