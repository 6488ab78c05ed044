import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCKS_CHAIN } from "../../../../submission/service/audit/block.ts";
import { rowHash, type StoredRow } from "../../../../submission/service/audit/hash.ts";
import { type Verified, verifyAll, verifyChain } from "../../../../submission/service/audit/index.ts";
import { pagesOf, type StoredLog, writtenLog } from "./stored-log.ts";

/** Three submissions in five blocks; the last of sub-2 stands alone in its block, and sub-1 ends in the middle. */
const log = writtenLog([[0, 1], [0, 0, 2], [1], [0], [2]]);

const verified = (changed: StoredLog) => verifyAll(pagesOf(changed));
const said = ({ findings }: Verified) =>
  findings.map(({ kind, chain, sequence }) => `${kind} ${chain} ${sequence ?? "-"}`);
const at = (chain: string, sequence: number) => (row: StoredRow) =>
  row.submissionId === chain && row.sequence === sequence;
const without = (drop: (row: StoredRow) => boolean): StoredLog => ({
  ...log,
  rows: log.rows.filter((row) => !drop(row)),
});
const changed = (which: (row: StoredRow) => boolean, change: (row: StoredRow) => StoredRow): StoredLog => ({
  ...log,
  rows: log.rows.map((row) => (which(row) ? change(row) : row)),
});
const anew = (row: StoredRow): StoredRow => ({ ...row, hash: rowHash(row) });

test("a log as it was written has no finding, and is counted", async () => {
  const result = await verified(log);
  expect(result).toMatchObject({ rows: 13, chains: 4, blocks: 5, submissions: 3, findings: [], truncated: false });
  expect(result.head?.sequence).toBe(4);
});

describe("exactly what happened to a row is said", () => {
  test.each([
    ["a field is changed", changed(at("sub-0", 1), (row) => ({ ...row, actor: "mallory" })), ["changed sub-0 1"]],
    [
      "a pair stands twice",
      changed(at("sub-0", 1), (row) => ({ ...row, detail: [...row.detail, ["node", "a"]] })),
      ["changed sub-0 1"],
    ],
    ["one in the middle is missing", without(at("sub-0", 1)), ["missing sub-0 1"]],
    ["the tail is missing", without(at("sub-2", 1)), ["missing sub-2 1"]],
    ["the first is missing", without(at("sub-1", 0)), ["missing sub-1 0"]],
    [
      "a whole chain is missing",
      without(({ submissionId }) => submissionId === "sub-1"),
      ["missing sub-1 0", "missing sub-1 1"],
    ],
    [
      "two changed places",
      changed(
        (row) => at("sub-0", 1)(row) || at("sub-0", 2)(row),
        (row) => ({ ...row, sequence: row.sequence === 1 ? 2 : 1 }),
      ),
      [
        "moved sub-0 1",
        "moved sub-0 2",
        "unlinked sub-0 1",
        "unlinked sub-0 2",
        "unlinked sub-0 3",
        "exchanged sub-0 1",
        "exchanged sub-0 2",
      ],
    ],
    [
      "one is written anew, with its hash",
      changed(at("sub-0", 1), (row) => anew({ ...row, actor: "mallory" })),
      ["unlinked sub-0 2", "exchanged sub-0 1"],
    ],
    [
      "the tail is written anew, with its hash",
      changed(at("sub-2", 1), (row) => anew({ ...row, actor: "mallory" })),
      ["exchanged sub-2 1"],
    ],
    ["one is there twice", { ...log, rows: [...log.rows, ...log.rows.filter(at("sub-0", 1))] }, ["inserted sub-0 1"]],
    [
      "one is put behind the end",
      {
        ...log,
        rows: [
          ...log.rows,
          ...log.rows
            .filter(at("sub-1", 1))
            .map((row) => anew({ ...row, sequence: 2, previousHash: row.hash, key: "new" })),
        ],
      },
      ["inserted sub-1 2"],
    ],
    ["a block's row is missing", without(at(BLOCKS_CHAIN, 2)), [`missing ${BLOCKS_CHAIN} 2`, "uncovered sub-1 1"]],
    ["the last block's row is missing", without(at(BLOCKS_CHAIN, 4)), ["uncovered sub-2 1"]],
  ])("%s", async (_, tampered, findings) => {
    expect(said(await verified(tampered)).sort()).toEqual([...findings].sort());
  });

  test("a submission that was changed or taken away beside its chain", async () => {
    const [first, ...rest] = log.records;
    if (first === undefined) throw new Error("the log has submissions");
    const other = { ...first, record: { ...first.record, manifest: "{}" } };
    expect(said(await verified({ ...log, records: [other, ...rest] }))).toEqual(["changed sub-0 -"]);
    expect(said(await verified({ ...log, records: rest }))).toEqual(["missing sub-0 -"]);
  });

  test("the end of the log is cut off, with its block: by an end that was written down", async () => {
    const shorter = without(({ block }) => block === 4);
    const { head } = await verified(log);
    expect(said(await verified(shorter))).toEqual([]);
    expect(said(await verifyAll(pagesOf(shorter), { head }))).toEqual([`missing ${BLOCKS_CHAIN} 4`]);
    expect(said(await verifyAll(pagesOf(log), { head }))).toEqual([]);
  });
});

describe("one chain", () => {
  test("is verified with the blocks that cover it", async () => {
    expect(await verifyChain(pagesOf(log), "sub-0")).toMatchObject({
      rows: 4,
      blocks: 3,
      submissions: 1,
      findings: [],
    });
    expect(await verifyChain(pagesOf(log), "sub-9")).toBeUndefined();
  });

  test("that has lost its tail, or all, is told from one that never was", async () => {
    const tail = await verifyChain(pagesOf(without(at("sub-2", 1))), "sub-2");
    expect(tail && said(tail)).toEqual(["missing sub-2 1"]);
    const all = await verifyChain(pagesOf(without(({ submissionId }) => submissionId === "sub-1")), "sub-1");
    expect(all && said(all)).toEqual(["missing sub-1 0", "missing sub-1 1"]);
  });
});

/** Any one change of any one row, with its hash made to fit or not. That the end of the log fits can only be seen by what was written down. */
const mutation = fc.record({
  row: fc.nat(),
  anew: fc.boolean(),
  how: fc.constantFrom(
    "drop",
    "repeat",
    "submissionId",
    "sequence",
    "block",
    "key",
    "event",
    "actor",
    "at",
    "digests",
    "detail",
    "previousHash",
    "hash",
  ),
  number: fc.integer({ min: 1, max: 5 }),
  text: fc.stringMatching(/^[0-9a-f]{1,8}$/),
} as const);

test("any single change of any row of any log is found", async () => {
  const blocks = fc.array(fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(blocks, mutation, async (written, change) => {
      const whole = writtenLog(written);
      const before = await verified(whole);
      expect(before.findings).toEqual([]);
      const index = change.row % whole.rows.length;
      const pages = pagesOf({ ...whole, rows: mutated(whole.rows, index, change) });
      const { findings } = await verifyAll(pages, change.anew ? { head: before.head } : {});
      expect(findings).not.toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

function mutated(rows: readonly StoredRow[], index: number, { how, number, text, anew: fits }: Mutation): StoredRow[] {
  return rows.flatMap((row, at) => {
    if (at !== index) return [row];
    if (how === "drop") return [];
    if (how === "repeat") return [row, row];
    const other = otherwise(row, how, number, text);
    return [fits && how !== "hash" ? anew(other) : other];
  });
}

function otherwise(
  row: StoredRow,
  how: Exclude<Mutation["how"], "drop" | "repeat">,
  number: number,
  text: string,
): StoredRow {
  switch (how) {
    case "sequence":
    case "block":
    case "at":
      return { ...row, [how]: row[how] + number };
    case "digests":
    case "detail":
      return { ...row, [how]: [...row[how], [`added-${text}`, text]] };
    case "hash":
    case "previousHash":
      return {
        ...row,
        [how]: text + row[how].slice(text.length) === row[how] ? "f".repeat(64) : text + row[how].slice(text.length),
      };
    default:
      return { ...row, [how]: `${row[how]}${text}` };
  }
}
