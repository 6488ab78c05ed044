import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditLog, NoSuchChain, openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import { outboxOf } from "../../../submission/service/queue/outbox.ts";
import { accepted, happened, NOON, node, submission } from "./submissions.ts";

let folder: string;
let log: AuditLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-audit-"));
  log = await openEmbeddedAuditLog(folder);
});

afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

describe("a submission", () => {
  test("comes back as it was given, whatever its texts hold", async () => {
    const record = submission("sub-1", { rerunOf: { submissionId: "sub-0", kept: ["a", "b"] } });
    expect(await log.open(record, accepted())).toEqual({ outcome: "opened", record });
    expect(await log.record("sub-1")).toEqual(record);
    expect(await log.record("sub-2")).toBeUndefined();
  });

  test("is claimed by one of many who try at once; the others get the one that was first", async () => {
    const tries = Array.from({ length: 20 }, (_, index) =>
      log.open(submission("sub-1", { actor: `caller-${index}` }), accepted({ actor: `caller-${index}` })),
    );
    const outcomes = await Promise.all(tries);
    const opened = outcomes.filter(({ outcome }) => outcome === "opened");
    expect(opened).toHaveLength(1);
    for (const { record } of outcomes) expect(record).toEqual(opened[0]?.record);
    expect(await log.chain("sub-1")).toHaveLength(1);
    const again = await log.open(submission("sub-1", { actor: "late" }), accepted());
    expect(again).toEqual({ outcome: "exists", record: opened[0]?.record });
  });
});

test("a submission or a time that no table can hold does not hold up the log, nor its next opening", async () => {
  const half = "# x \ud800 y\nversion: 1";
  const documents = { ...submission("sub-1").documents, dag: half };
  expect(await log.open(submission("sub-1", { documents }), accepted())).toMatchObject({ outcome: "opened" });
  await log.append("sub-1", [happened("running", Number.NaN), happened("dispatched", 1e15)]);
  await log.open(submission("sub-2"), accepted());
  expect((await log.record("sub-1"))?.documents.dag).toBe(half.toWellFormed());
  await log.close();
  log = await openEmbeddedAuditLog(folder);
  expect((await log.verify(undefined))?.findings).toEqual([]);
  expect(await log.chain("sub-1")).toHaveLength(3);
});

describe("a chain", () => {
  test("has its rows in their order, each hashed over the one before, and takes a key once", async () => {
    await log.open(submission("sub-1"), accepted());
    await Promise.all([
      log.append("sub-1", [happened("dispatched"), happened("running"), node("train", "Running")]),
      log.append("sub-1", [happened("dispatched"), node("train", "Running"), node("train", "Succeeded")]),
    ]);
    await log.append("sub-1", [node("train", "Succeeded"), happened("succeeded")]);
    const rows = await log.chain("sub-1");
    expect(rows.map(({ key }) => key)).toEqual([
      "accepted",
      "dispatched",
      "running",
      "node/train/1/Running",
      "node/train/1/Succeeded",
      "succeeded",
    ]);
    expect(rows.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows.map(({ previousHash }) => previousHash)).toEqual(
      ["0".repeat(64), ...rows.map(({ hash }) => hash)].slice(0, -1),
    );
    expect(rows[3]).toMatchObject(node("train", "Running"));
    expect(rows[0]?.digests).toMatchObject(accepted().digests);
  });

  test("of a submission begins with its claim; one of a refusal with whatever comes", async () => {
    await expect(log.append("sub-1", [happened("dispatched")])).rejects.toThrow(NoSuchChain);
    await log.append("refused/request-1", [happened("refused")]);
    expect(await log.chain("refused/request-1")).toHaveLength(1);
    expect(await log.chain("sub-1")).toEqual([]);
  });

  test("goes on where it was after the log was closed and opened again", async () => {
    await log.open(submission("sub-1"), accepted());
    await log.close();
    log = await openEmbeddedAuditLog(folder);
    await log.append("sub-1", [accepted(), happened("dispatched")]);
    expect((await log.chain("sub-1")).map(({ key }) => key)).toEqual(["accepted", "dispatched"]);
  });
});

describe("what the other parts ask", () => {
  test("which events many chains have", async () => {
    await log.open(submission("sub-1"), accepted());
    await log.open(submission("sub-2"), accepted());
    await log.append("sub-2", [happened("dispatched"), happened("cancel_requested")]);
    const events = await log.events(["sub-1", "sub-2", "sub-3"]);
    expect(events.get("sub-1")).toEqual(new Set(["accepted"]));
    expect(events.get("sub-2")).toEqual(new Set(["accepted", "dispatched", "cancel_requested"]));
    expect(events.get("sub-3")).toEqual(new Set());
  });

  test("what was accepted and not dispatched, the oldest first", async () => {
    for (const [index, id] of ["sub-c", "sub-b", "sub-a", "sub-d"].entries()) {
      await log.open(submission(id, { acceptedAt: NOON + index }), accepted());
    }
    await log.append("sub-b", [happened("dispatched")]);
    const ids = async (before: number, limit: number) =>
      (await log.pending(before, limit)).map(({ submissionId }) => submissionId);
    expect(await ids(NOON + 10, 10)).toEqual(["sub-c", "sub-a", "sub-d"]);
    expect(await ids(NOON + 10, 2)).toEqual(["sub-c", "sub-a"]);
    expect(await ids(NOON + 3, 10)).toEqual(["sub-c", "sub-a"]);
    await log.append("sub-c", [happened("dead_lettered")]);
    expect(await ids(NOON + 10, 10)).toEqual(["sub-a", "sub-d"]);
  });

  test("which runs that are over a sink does not know all of, and a run is listed as what it ended as all the same", async () => {
    for (const [index, id] of ["sub-b", "sub-a", "sub-c"].entries()) {
      await log.open(submission(id), accepted());
      const untold = ["lineage", "traces"].map((sink) => ({
        ...happened("untold", NOON + index),
        key: `untold/${sink}`,
        detail: { sink },
      }));
      await log.append(id, [...untold, happened("succeeded")]);
    }
    expect(await log.untold("lineage", 10)).toEqual(["sub-b", "sub-a", "sub-c"]);
    expect(await log.untold("lineage", 1)).toEqual(["sub-b"]);
    await log.append("sub-b", [{ ...happened("told"), detail: { sink: "lineage" } }]);
    expect(await log.untold("lineage", 10)).toEqual(["sub-a", "sub-c"]);
    expect(await log.untold("traces", 10)).toEqual(["sub-b", "sub-a", "sub-c"]);
    expect(await log.untold("elsewhere", 10)).toEqual([]);
    const listed = await log.list({ teams: ["research"], limit: 10, event: "succeeded" });
    expect(listed.rows).toHaveLength(3);
  });

  test("what was accepted long before what is asked about now is still pending", async () => {
    const day = 86_400_000;
    await log.open(submission("old", { acceptedAt: NOON - 2 * day }), accepted());
    await log.open(submission("new", { acceptedAt: NOON }), accepted());
    const ids = async () => (await log.pending(NOON + 1, 10)).map(({ submissionId }) => submissionId);
    expect(await ids()).toEqual(["old", "new"]);
    await log.append("old", [happened("dispatched")]);
    expect(await ids()).toEqual(["new"]);
    await log.append("new", [happened("dispatched")]);
    expect(await ids()).toEqual([]);
    await log.open(submission("older", { acceptedAt: NOON - 3 * day }), accepted());
    expect(await ids()).toEqual(["older"]);
    expect(await ids()).toEqual(["older"]);
  });

  test("what was accepted by a clock that was ahead and is set back is pending all the same", async () => {
    const year = 365 * 86_400_000;
    await log.open(submission("ahead", { acceptedAt: Date.now() + year }), accepted());
    await log.open(submission("now", { acceptedAt: Date.now() }), accepted());
    const ids = async () => (await outboxOf(log)(10)).map(({ submissionId }) => submissionId);
    expect(await ids()).toEqual(["now", "ahead"]);
    await log.append("now", [happened("dispatched")]);
    expect(await ids()).toEqual(["ahead"]);
    await log.open(submission("next", { acceptedAt: Date.now() }), accepted());
    expect(await ids()).toEqual(["next", "ahead"]);
  });

  test("the list of teams' submissions, the newest first, page by page", async () => {
    await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        log.open(
          submission(`sub-${index}`, {
            acceptedAt: NOON + Math.floor(index / 2),
            team: index % 5 === 0 ? "other" : "research",
            pipelineId: index % 2 === 0 ? "even" : "odd",
          }),
          accepted(),
        ),
      ),
    );
    await log.append("sub-24", [happened("dispatched"), node("a", "Running")]);
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const page = await log.list({ teams: ["research"], limit: 8, cursor });
      pages.push(page.rows.map(({ submissionId }) => submissionId));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(pages.flat()).toHaveLength(20);
    expect(new Set(pages.flat()).size).toBe(20);
    expect(pages[0]?.[0]).toBe("sub-24");
    const only = async (query: object) =>
      (await log.list({ teams: ["research", "other"], limit: 500, ...query })).rows.map((row) => row.submissionId);
    expect(await only({})).toHaveLength(25);
    expect(await only({ pipelineId: "odd" })).toHaveLength(12);
    expect(await only({ event: "dispatched" })).toEqual(["sub-24"]);
    expect((await log.list({ teams: [], limit: 5 })).rows).toEqual([]);
    const beyondAnyTime = Buffer.from("999999999999999/sub-1").toString("base64url");
    for (const cursor of ["nonsense", beyondAnyTime]) {
      await expect(log.list({ teams: ["research"], limit: 5, cursor })).rejects.toThrow("No page ended");
    }
  });
});

test("a folder that another process has is not taken, and that process is named", async () => {
  const other = await mkdtemp(join(tmpdir(), "orch-audit-"));
  const child = writer(other, "1");
  await once(child.lines, "line");
  await log.close();
  await expect(openEmbeddedAuditLog(other)).rejects.toThrow(`is in use: process ${child.process.pid} has it`);
  child.process.kill("SIGKILL");
  await once(child.process, "exit");
  log = await openEmbeddedAuditLog(other);
  await rm(other, { recursive: true, force: true });
});

test("what was promised survives the process's death right after", async () => {
  const other = await mkdtemp(join(tmpdir(), "orch-audit-"));
  const child = writer(other, "forever");
  const promised: string[] = [];
  for await (const id of child.lines) {
    promised.push(id);
    if (promised.length === 200) {
      child.process.kill("SIGKILL");
    }
  }
  await log.close();
  log = await openEmbeddedAuditLog(other);
  const events = await log.events(promised);
  expect(promised.filter((id) => !events.get(id)?.has("dispatched"))).toEqual([]);
  for (const id of promised.slice(-20)) expect(await log.record(id)).toEqual(submission(id));
  await rm(other, { recursive: true, force: true });
});

/** A process that opens and appends, and says so after each. */
function writer(at: string, count: string) {
  const process_ = spawn(process.execPath, [new URL("writer.ts", import.meta.url).pathname, at, count], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  return { process: process_, lines: createInterface(process_.stdout) };
}
