import type { AuditEvent, AuditLog } from "../audit/log.ts";
import { untold, vanished } from "./entries.ts";
import type { Outlet } from "./outlet.ts";

/** Last events of a run whose Workflow must be there. */
const UNDER_WAY: readonly AuditEvent[] = ["dispatched", "running", "node", "cancel_requested"];
const PAGE = 500;

export interface MissingOptions {
  readonly audit: Pick<AuditLog, "append" | "events" | "list">;
  readonly teams: readonly string[];
  /** Nobody knows what they were told of these runs: they are told what the audit log says. */
  readonly outlets: readonly Pick<Outlet, "name" | "owes">[];
  /** Whether a Workflow of this id was listed. */
  readonly isThere: (submissionId: string) => boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Ends what nobody will see ending: runs whose Workflow was deleted while nobody watched. */
export async function closeMissing({ audit, teams, outlets, isThere, at }: MissingOptions): Promise<void> {
  const missing: string[] = [];
  for (const event of UNDER_WAY) {
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await audit.list({ teams, event, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      missing.push(...page.rows.map(({ submissionId }) => submissionId).filter((id) => !isThere(id)));
      cursor = page.next;
    }
  }
  for (const id of missing) {
    // What was asked to be cancelled and never dispatched is the dispatcher's to end.
    const events = (await audit.events([id])).get(id);
    if (!events?.has("dispatched")) continue;
    await audit.append(id, [...outlets.map(({ name }) => untold(name, at)), vanished(at)]);
    for (const outlet of outlets) outlet.owes(id);
  }
}
