import type { AuditEvent, AuditLog } from "../audit/log.ts";
import { vanished } from "./entries.ts";

/** Last events of a run whose Workflow must be there. */
const UNDER_WAY: readonly AuditEvent[] = ["dispatched", "running", "node", "cancel_requested"];
const PAGE = 500;

/**
 * Ends what nobody will see ending: runs whose Workflow was deleted while nobody watched.
 *
 * @param isThere whether a Workflow of this id was listed
 * @returns how many there were
 */
export async function closeMissing(
  audit: Pick<AuditLog, "append" | "events" | "list">,
  teams: readonly string[],
  isThere: (submissionId: string) => boolean,
  now: number,
): Promise<number> {
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
    if (events?.has("dispatched")) await audit.append(id, [vanished(now)]);
  }
  return missing.length;
}
