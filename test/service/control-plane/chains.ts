import { expect } from "vitest";
import { auditPages, ServerAuditLog, type serverTables, verifyAll } from "../../../submission/service/audit/index.ts";

/** Nothing of the log is changed, missing or moved, and each of these submissions was accepted and dispatched, each once. */
export async function expectIntactChains(
  tables: ReturnType<typeof serverTables>,
  ids: readonly string[],
): Promise<void> {
  expect((await verifyAll(auditPages(tables))).findings).toEqual([]);
  const log = new ServerAuditLog(tables, "test");
  const events = await log.events(ids);
  for (const id of ids) {
    // Those that the test deleted, as their TTL would, have vanished.
    const others = [...(events.get(id) ?? [])].filter((event) => event !== "vanished");
    expect([id, others.sort()]).toEqual([id, ["accepted", "dispatched", "dispatching"]]);
  }
  expect(await log.pending(Date.now() + 1, 10)).toEqual([]);
}
