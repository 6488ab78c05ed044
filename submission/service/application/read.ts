import { type AuditEntry, InvalidCursor, type ListQuery, type Page } from "../audit/index.ts";
import type { SubmissionLineage } from "../lineage/lineage.ts";
import type { LogLine } from "../logs/logs.ts";
import type { Caller, SubmissionRecord, SubmissionSummary } from "../model.ts";
import type { SubmissionStatus } from "../status/status.ts";
import type { Parts } from "./parts.ts";
import { Rejection } from "./rejection.ts";
import { teamsAllowing } from "./team.ts";
import { visible } from "./visible.ts";

/** Everything here only reads, and only what the caller may see. */

export async function statusOf(parts: Parts, caller: Caller, submissionId: string): Promise<SubmissionStatus> {
  await visible(parts, caller, submissionId);
  return found(await parts.status.status(submissionId), submissionId);
}

/** The present status, then each change, to the end. */
export async function followStatus(
  parts: Parts,
  caller: Caller,
  submissionId: string,
  signal: AbortSignal,
): Promise<AsyncIterable<SubmissionStatus>> {
  await visible(parts, caller, submissionId);
  return parts.status.follow(submissionId, signal);
}

export interface LogRequest {
  readonly submissionId: string;
  readonly node: string | undefined;
  readonly follow: boolean;
}

export async function logsOf(
  parts: Parts,
  caller: Caller,
  { submissionId, node, follow }: LogRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<LogLine>> {
  const { namespace } = await visible(parts, caller, submissionId);
  if (node !== undefined) {
    const { nodes } = found(await parts.status.status(submissionId), submissionId);
    if (!nodes.some((each) => each.node === node)) {
      const known = nodes.slice(0, 20).map((each) => each.node);
      const more = nodes.length > known.length ? `, and ${nodes.length - known.length} more` : "";
      throw new Rejection("unknown", `${submissionId} has no node ${node}; it has ${known.join(", ")}${more}.`);
    }
  }
  return parts.logs.read({ submissionId, namespace, node, follow }, signal);
}

export async function lineageOf(parts: Parts, caller: Caller, submissionId: string): Promise<SubmissionLineage> {
  await visible(parts, caller, submissionId);
  return found(await parts.lineage.lineage(submissionId), submissionId);
}

export interface AuditedSubmission {
  readonly record: SubmissionRecord;
  readonly entries: readonly AuditEntry[];
}

export async function auditOf(parts: Parts, caller: Caller, submissionId: string): Promise<AuditedSubmission> {
  await visible(parts, caller, submissionId);
  const [record, entries] = await Promise.all([parts.audit.record(submissionId), parts.audit.chain(submissionId)]);
  return { record: found(record, submissionId), entries };
}

export interface ListRequest extends Omit<ListQuery, "teams"> {
  /** Default: all teams whose submissions the caller may list. */
  readonly team?: string | undefined;
}

export async function list(parts: Parts, caller: Caller, request: ListRequest): Promise<Page<SubmissionSummary>> {
  const { team, ...query } = request;
  const allowed = await teamsAllowing(parts, caller, "list");
  const teams = team === undefined ? allowed : allowed.filter((name) => name === team);
  if (teams.length === 0) {
    const what = team === undefined ? "any team" : "a team of this name, or there is none";
    throw new Rejection("forbidden", `${caller.name} may not list the submissions of ${what}.`);
  }
  try {
    return await parts.audit.list({ ...query, teams });
  } catch (error) {
    if (error instanceof InvalidCursor) throw new Rejection("malformed", `cursor: ${error.message}`);
    throw error;
  }
}

function found<T>(value: T | undefined, submissionId: string): T {
  // Its record was there a moment ago: accepted, and not seen by anybody else yet.
  if (value === undefined) throw new Rejection("unknown", `Nothing is known about ${submissionId} yet; ask again.`);
  return value;
}
