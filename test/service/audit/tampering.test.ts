import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openChdb, openEmbeddedTables } from "../../../submission/service/audit/embedded.ts";
import { auditPages, openEmbeddedAuditLog, verifyAll, verifyChain } from "../../../submission/service/audit/index.ts";
import { accepted, happened, node, submission } from "./submissions.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-audit-"));
  const log = await openEmbeddedAuditLog(folder);
  await Promise.all(
    ["sub-1", "sub-2", "sub-3"].map(async (id) => {
      await log.open(submission(id), accepted());
      await log.append(id, [happened("dispatched"), happened("running"), node("train", "Running")]);
      await log.append(id, [node("train", "Succeeded"), happened("succeeded")]);
    }),
  );
  await log.append("refused/request-1", [happened("refused")]);
  await log.close();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** What nobody has the right to do on a server, and whoever has the folder can. */
async function tampered(...statements: string[]): Promise<string[]> {
  const engine = await openChdb(folder);
  for (const statement of statements) await engine.command(`${statement} SETTINGS mutations_sync = 2`);
  await engine.close();
  const tables = await openEmbeddedTables(folder);
  try {
    const all = await verifyAll(auditPages(tables));
    const one = await verifyChain(auditPages(tables), "sub-2");
    const said = all.findings.map(({ kind, chain, sequence }) => `${kind} ${chain} ${sequence ?? "-"}`);
    expect((one?.findings ?? []).map(({ kind, chain, sequence }) => `${kind} ${chain} ${sequence ?? "-"}`)).toEqual(
      expect.arrayContaining(said.filter((finding) => finding.includes(" sub-2 ") && !finding.startsWith("uncovered"))),
    );
    return said;
  } finally {
    await tables.close();
  }
}

test("a log that nobody touched has nothing to be found", async () => {
  expect(await tampered()).toEqual([]);
});

test.each([
  [
    "an actor that was changed",
    "ALTER TABLE audit.events UPDATE actor = 'mallory' WHERE submission_id = 'sub-2' AND sequence = 2",
    ["changed sub-2 2"],
  ],
  [
    "a reason that was changed",
    "ALTER TABLE audit.events UPDATE detail = mapUpdate(detail, map('reason', 'none')) WHERE submission_id = 'sub-2' AND sequence = 3",
    ["changed sub-2 3"],
  ],
  [
    "a row taken out",
    "ALTER TABLE audit.events DELETE WHERE submission_id = 'sub-2' AND sequence = 1",
    ["missing sub-2 1"],
  ],
  [
    "a tail cut off",
    "ALTER TABLE audit.events DELETE WHERE submission_id = 'sub-2' AND sequence >= 4",
    ["missing sub-2 4", "missing sub-2 5"],
  ],
  [
    "a refusal taken out",
    "ALTER TABLE audit.events DELETE WHERE submission_id LIKE 'refused/%'",
    ["missing refused/request-1 0"],
  ],
  [
    "a manifest that was changed",
    "ALTER TABLE audit.submissions UPDATE manifest = '{}' WHERE submission_id = 'sub-2'",
    ["changed sub-2 -"],
  ],
  ["a submission taken out", "ALTER TABLE audit.submissions DELETE WHERE submission_id = 'sub-2'", ["missing sub-2 -"]],
])("%s is named", async (_, statement, findings) => {
  expect(await tampered(statement)).toEqual(findings);
});

test("a row that was put in is named", async () => {
  const insert = `INSERT INTO audit.events SELECT submission_id, 6, block, 'failed', 'failed', actor, at, digests, detail, hash, previous_hash
    FROM audit.events WHERE submission_id = 'sub-2' AND sequence = 5`;
  const found = await tampered(insert);
  expect(found).toEqual(["changed sub-2 6", "inserted sub-2 6"]);
});

test("a chain that was taken away whole is named, row by row", async () => {
  const found = await tampered("ALTER TABLE audit.events DELETE WHERE submission_id = 'sub-2'");
  expect(found.sort()).toEqual([0, 1, 2, 3, 4, 5].map((sequence) => `missing sub-2 ${sequence}`));
});
