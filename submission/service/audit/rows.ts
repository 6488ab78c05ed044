import { AUDIT_DATABASE, AUDIT_EVENTS_TABLE, AUDIT_SUBMISSIONS_TABLE } from "../../spec/audit/index.ts";
import type { SubmissionRecord } from "../model.ts";
import type { Pairs, StoredRow } from "./hash.ts";
import { AUDIT_EVENTS, type AuditEntry, type AuditEvent } from "./log.ts";

export const EVENTS = `${AUDIT_DATABASE}.${AUDIT_EVENTS_TABLE}`;
export const SUBMISSIONS = `${AUDIT_DATABASE}.${AUDIT_SUBMISSIONS_TABLE}`;

/** Columns of `EVENTS` as `fromEventRow` takes them. */
export const EVENT_COLUMNS = `submission_id, toString(sequence), toString(block), key, event, actor,
  toString(toUnixTimestamp64Milli(at)), CAST(digests, 'Array(Tuple(String, String))'),
  CAST(detail, 'Array(Tuple(String, String))'), previous_hash, hash`;

export type EventRow = [
  submissionId: string,
  sequence: string,
  block: string,
  key: string,
  event: string,
  actor: string,
  at: string,
  digests: [string, string][],
  detail: [string, string][],
  previousHash: string,
  hash: string,
];

/** `2026-11-25 01:02:03.456`, as ClickHouse reads a DateTime64(3). */
const time = (at: number) => new Date(at).toISOString().replace("T", " ").slice(0, -1);

/** A literal in a statement; the statement goes in the request's body, which takes more of them than an address does. */
export const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
export const listed = (texts: Iterable<string>): string => [...texts].map(quoted).join(", ");
export const timeLiteral = (at: number): string => `toDateTime64('${time(at)}', 3, 'UTC')`;

export function toEventRow(row: StoredRow) {
  return {
    submission_id: row.submissionId,
    sequence: row.sequence,
    block: row.block,
    key: row.key,
    event: row.event,
    actor: row.actor,
    at: time(row.at),
    digests: Object.fromEntries(row.digests),
    detail: Object.fromEntries(row.detail),
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

export const fromEventRow = (row: EventRow): StoredRow => ({
  submissionId: row[0],
  sequence: Number(row[1]),
  block: Number(row[2]),
  key: row[3],
  event: row[4],
  actor: row[5],
  at: Number(row[6]),
  digests: row[7],
  detail: row[8],
  previousHash: row[9],
  hash: row[10],
});

export function toEntry(row: StoredRow): AuditEntry {
  return { ...row, event: auditEvent(row.event), digests: map(row.digests), detail: map(row.detail) };
}

export function auditEvent(name: string): AuditEvent {
  const event = AUDIT_EVENTS.find((known) => known === name);
  if (event === undefined) throw new Error(`The audit log has an event this version does not know: ${name}.`);
  return event;
}

const map = (pairs: Pairs): Readonly<Record<string, string>> => Object.fromEntries(pairs);

/** Columns of `SUBMISSIONS` as `fromRecordRow` takes them. */
export const RECORD_COLUMNS = `toString(toUnixTimestamp64Milli(accepted_at)), submission_id, digest, team, namespace, pipeline_id,
  env, actor, body_digest, manifest_digest, recipe_digest, dag, params, refs, manifest, rerun_of, traceparent`;

export type RecordRow = [
  acceptedAt: string,
  submissionId: string,
  digest: string,
  team: string,
  namespace: string,
  pipelineId: string,
  env: string,
  actor: string,
  bodyDigest: string,
  manifestDigest: string,
  recipeDigest: string,
  dag: string,
  params: string,
  refs: string | null,
  manifest: string,
  rerunOf: string | null,
  traceparent: string,
];

export function toRecordRow(record: SubmissionRecord, digest: string) {
  return {
    accepted_at: time(record.acceptedAt),
    submission_id: record.submissionId,
    digest,
    team: record.team,
    namespace: record.namespace,
    pipeline_id: record.pipelineId,
    env: record.env,
    actor: record.actor,
    body_digest: record.bodyDigest,
    manifest_digest: record.manifestDigest,
    recipe_digest: record.recipeDigest,
    dag: record.documents.dag,
    params: record.documents.params,
    refs: record.documents.refs ?? null,
    manifest: record.manifest,
    rerun_of: record.rerunOf === undefined ? null : JSON.stringify(record.rerunOf),
    traceparent: record.traceparent,
  };
}

export function fromRecordRow(row: RecordRow): SubmissionRecord {
  return {
    acceptedAt: Number(row[0]),
    submissionId: row[1],
    team: row[3],
    namespace: row[4],
    pipelineId: row[5],
    env: row[6],
    actor: row[7],
    bodyDigest: row[8],
    manifestDigest: row[9],
    recipeDigest: row[10],
    documents: { dag: row[11], params: row[12], refs: row[13] ?? undefined },
    manifest: row[14],
    rerunOf: row[15] === null ? undefined : rerunOf(row[15]),
    traceparent: row[16],
  };
}

function rerunOf(text: string): SubmissionRecord["rerunOf"] {
  const { submissionId, kept }: NonNullable<SubmissionRecord["rerunOf"]> = JSON.parse(text);
  return { submissionId, kept };
}
