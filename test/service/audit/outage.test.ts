import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { JournaledAuditLog } from "../../../submission/service/audit/journaled-log.ts";
import { AuditTables, type Engine } from "../../../submission/service/audit/store.ts";
import { accepted, submission } from "./submissions.ts";

let folder: string;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-outage-"));
  said = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Tables that are empty, and take insertions while `up`. */
function store() {
  const engine = {
    up: true,
    inserted: [] as object[],
    query: async () => "",
    insert: async (_table: string, values: readonly object[]) => {
      if (!engine.up) throw new Error("no space left on device");
      engine.inserted.push(...values);
    },
    close: async () => undefined,
  } satisfies Engine & Record<string, unknown>;
  return engine;
}

const opened = (engine: Engine) =>
  JournaledAuditLog.open(new AuditTables(engine), folder, { writer: "test", say: (message) => said.push(message) });

describe("an audit log whose tables take nothing", () => {
  test("says so once, is not ready meanwhile, and says once that it is over", async () => {
    const engine = store();
    const log = await opened(engine);
    await log.ready();
    engine.up = false;
    await log.open(submission("sub-1"), accepted());
    await vi.waitFor(() => expect(log.ready()).rejects.toThrow(/tried [2-9] times \(no space left on device\)/), 5_000);
    expect(said).toEqual([
      "the audit store behind the journal is away, and is tried until it is back: no space left on device",
    ]);
    engine.up = true;
    await vi.waitFor(() => log.ready(), 10_000);
    expect(said.slice(1)).toEqual([expect.stringMatching(/^the audit store behind the journal is back after \d+ s/)]);
    await log.close();
    expect(said).toHaveLength(2);
  });

  test("says at its end what is in the journal alone, and has it when it is opened again", async () => {
    const engine = store();
    const log = await opened(engine);
    engine.up = false;
    await log.open(submission("sub-1"), accepted());
    await log.close();
    expect(said.slice(1)).toEqual([
      "1 block stays in the audit log's journal and may not be in its tables (no space left on device): nothing is lost, they go there when the log is opened next. Keep the folder as it is.",
    ]);
    await expect(log.record("sub-1")).rejects.toThrow("The audit log was closed.");
    engine.up = true;
    await (await opened(engine)).close();
    expect(engine.inserted).toContainEqual(expect.objectContaining({ submission_id: "sub-1", event: "accepted" }));
  });
});
