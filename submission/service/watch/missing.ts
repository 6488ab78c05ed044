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
  /** Ends it before the next run; what is left is found after the next start. */
  readonly signal: AbortSignal;
}

/** Runs whose Workflow was deleted while nobody watched, as far as the audit log knows: nobody will see them ending. */
export async function missingRuns(options: MissingOptions): Promise<readonly SubmissionSummary[]> {
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
  return missing;
}

/**
 * Ends them. One that cannot be ended holds back no other.
 *
 * @returns those that could not be ended, each with why
 */
export async function endMissing(
  runs: readonly SubmissionSummary[],
  options: MissingOptions,
): Promise<readonly { readonly run: SubmissionSummary; readonly error: unknown }[]> {
  const { isListed, signal } = options;
  const failures: { run: SubmissionSummary; error: unknown }[] = [];
  for (const run of runs) {
    signal.throwIfAborted();
    // Seen since: its end is the recorder's to write.
    if (isListed(run.submissionId)) continue;
    try {
      await close(run, options);
    } catch (error) {
      // Nor could any other.
      if (signal.aborted || error instanceof Unavailable) throw error;
      failures.push({ run, error });
    }
  }
  return failures;
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
