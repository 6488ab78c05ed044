import type { PlatformProfile } from "../../spec/index.ts";
import type { AuditEvent, AuditLog } from "../audit/log.ts";
import type { Workflows } from "../kubernetes/workflows.ts";
import type { SubmissionSummary } from "../model.ts";
import { Unavailable } from "../unavailable.ts";
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
  /** Ends it before the next run; what is left is found by the next call, or after the next start. */
  readonly signal: AbortSignal;
}

/**
 * Ends what nobody will see ending: runs whose Workflow was deleted while nobody watched. May be called again when it throws: one run that
 * cannot be ended holds back no other.
 */
export async function closeMissing(options: MissingOptions): Promise<void> {
  const { audit, teams, isListed, signal } = options;
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
  const failures: unknown[] = [];
  for (const run of missing) {
    signal.throwIfAborted();
    try {
      await close(run, options);
    } catch (error) {
      // Nor could any other.
      if (signal.aborted || error instanceof Unavailable) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function close({ submissionId: id, team }: SubmissionSummary, options: MissingOptions): Promise<void> {
  const { audit, workflows, teams, outlets, at } = options;
  // What was asked to be cancelled and never dispatched is the dispatcher's to end.
  const events = (await audit.events([id])).get(id);
  if (!events?.has("dispatched")) return;
  // It may have been created since the list.
  const namespace = teams[team]?.namespace;
  if (namespace === undefined || (await workflows.get(namespace, id)) !== undefined) return;
  try {
    await audit.append(id, [...outlets.map(({ name }) => untold(name, at)), vanished(at)]);
  } finally {
    // The rows may stand though the answer did not come.
    for (const outlet of outlets) outlet.owes(id);
  }
}
