import type { PlatformProfile } from "../../spec/index.ts";
import type { AuditEvent, AuditLog } from "../audit/log.ts";
import type { Workflows } from "../kubernetes/workflows.ts";
import type { SubmissionSummary } from "../model.ts";
import { untold, vanished } from "./entries.ts";
import type { Outlet } from "./outlet.ts";

/** Last events of a run whose Workflow must be there. */
const UNDER_WAY: readonly AuditEvent[] = ["dispatched", "running", "node", "cancel_requested"];
const PAGE = 500;

export interface MissingOptions {
  readonly audit: Pick<AuditLog, "append" | "events" | "list">;
  readonly workflows: Pick<Workflows, "get">;
  readonly teams: PlatformProfile["teams"];
  /** Nobody knows what they were told of these runs: they are told what the audit log says. */
  readonly outlets: readonly Pick<Outlet, "name" | "owes">[];
  /** Whether a Workflow of this id was listed. */
  readonly isListed: (submissionId: string) => boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Ends it before the next run; what is left is found after the next start. */
  readonly signal: AbortSignal;
}

/** Ends what nobody will see ending: runs whose Workflow was deleted while nobody watched. */
export async function closeMissing(options: MissingOptions): Promise<void> {
  const { audit, workflows, teams, outlets, isListed, at, signal } = options;
  const missing: SubmissionSummary[] = [];
  for (const event of UNDER_WAY) {
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      signal.throwIfAborted();
      const query = { teams: Object.keys(teams), event, limit: PAGE };
      const page = await audit.list({ ...query, ...(cursor === undefined ? {} : { cursor }) });
      missing.push(...page.rows.filter(({ submissionId }) => !isListed(submissionId)));
      cursor = page.next;
    }
  }
  for (const { submissionId: id, team } of missing) {
    signal.throwIfAborted();
    // What was asked to be cancelled and never dispatched is the dispatcher's to end.
    const events = (await audit.events([id])).get(id);
    if (!events?.has("dispatched")) continue;
    // It may have been created since the list.
    const namespace = teams[team]?.namespace;
    if (namespace === undefined || (await workflows.get(namespace, id)) !== undefined) continue;
    await audit.append(id, [...outlets.map(({ name }) => untold(name, at)), vanished(at)]);
    for (const outlet of outlets) outlet.owes(id);
  }
}
