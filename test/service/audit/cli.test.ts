import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { show, verify } from "../../../submission/cli/commands/audit.ts";
import type { Terminal } from "../../../submission/cli/terminal.ts";
import { openChdb } from "../../../submission/service/audit/embedded.ts";
import { openEmbeddedAuditLog, type Verified } from "../../../submission/service/audit/index.ts";
import { UserError } from "../../../submission/spec/user-error.ts";
import { accepted, happened, node, submission } from "./submissions.ts";

let folder: string;
let lines: string[] = [];
const terminal: Terminal = {
  out: (line) => void lines.push(String(line)),
  note: () => undefined,
  colour: false,
  noteColour: false,
  interactive: false,
  noteColumns: undefined,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-audit-"));
  const log = await openEmbeddedAuditLog(folder);
  for (const id of ["sub-1", "sub-2"]) {
    await log.open(submission(id), accepted());
    await log.append(id, [happened("dispatched"), node("train", "Running")]);
  }
  await log.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function said(run: Promise<number>): Promise<{ code: number; text: string }> {
  lines = [];
  const code = await run;
  return { code, text: lines.join("\n") };
}

test("orch audit show tells what happened, without the documents", async () => {
  const { code, text } = await said(show("sub-1", { folder }, terminal));
  expect(code).toBe(0);
  expect(text).toMatch(/^sub-1: bt_xs_bilstm_v1 for team research in staging, by alice@example.com\n/);
  expect(text).toMatch(/1 +2026-11-25T00:00:02.123Z +dispatched +dispatcher/);
  expect(text).toContain(`attempt=1 node=train reason="it's \\"quoted\\"; \\\\ and\\n\\ttabbed" state=Running`);
  const json = await said(show("sub-1", { folder, json: true }, terminal));
  expect(JSON.parse(json.text)).toMatchObject({
    submission: { team: "research" },
    entries: [{ event: "accepted" }, {}, {}],
  });
  expect(json.text).not.toContain("pipeline_id:");
});

test("orch audit verify says that all is as it was written, and where the log ends", async () => {
  const { code, text } = await said(verify(undefined, { folder }, terminal));
  expect(code).toBe(0);
  expect(text).toMatch(/^10 rows in 3 chains, 4 blocks, 2 submissions: as it was written\nhead: 3:[0-9a-f]{64}$/);
  const [, head = ""] = /head: (.*)/.exec(text) ?? [];
  expect((await said(verify(undefined, { folder, head }, terminal))).code).toBe(0);
  expect((await said(verify("sub-2", { folder }, terminal))).text).toBe("sub-2: 3 rows, 2 blocks: as it was written");
});

test("an id nobody submitted, a folder without a log and a head that is none are said to be", async () => {
  await expect(show("sub-9", { folder }, terminal)).rejects.toThrow(UserError);
  await expect(verify("sub-9", { folder }, terminal)).rejects.toThrow("the audit log has nothing of sub-9");
  await expect(verify(undefined, { folder: join(folder, "none") }, terminal)).rejects.toThrow(
    "there is no audit log in",
  );
  await expect(verify(undefined, { folder, head: "42" }, terminal)).rejects.toThrow("--head 42 is no end of a log");
  await expect(verify(undefined, { server: "http://127.0.0.1:9" }, terminal)).rejects.toThrow(
    "cannot be read: connect",
  );
});

test("what was taken out is named, and the exit code is 3", async () => {
  const engine = await openChdb(folder);
  await engine.command(
    "ALTER TABLE audit.events DELETE WHERE submission_id = 'sub-2' AND sequence = 2 SETTINGS mutations_sync = 2",
  );
  await engine.close();
  const { code, text } = await said(verify(undefined, { folder }, terminal));
  expect(code).toBe(3);
  expect(text).toContain("missing    Row 2 of sub-2 is missing: block 3 has written it.");
  const json: Verified = JSON.parse((await said(verify("sub-2", { folder, json: true }, terminal))).text);
  expect(json.findings).toMatchObject([{ kind: "missing", chain: "sub-2", sequence: 2 }]);
});
