import type { SubmissionRecord, SubmissionSummary } from "../model.ts";
import { BLOCKS_CHAIN, type ChainHead, type GrowingHead, LAST_TIME } from "./block.ts";
import { type AuditEntry, type AuditEvent, FINAL_EVENTS, type ListQuery, type Page } from "./log.ts";
import {
  auditEvent,
  EVENT_COLUMNS,
  EVENTS,
  type EventRow,
  fromEventRow,
  fromRecordRow,
  listed,
  quoted,
  RECORD_COLUMNS,
  type RecordRow,
  SUBMISSIONS,
  timeLiteral,
  toEntry,
} from "./rows.ts";
import type { AuditTables } from "./store.ts";

/** Ids in one statement: it may have 256 KiB. */
const IDS_AT_ONCE = 1_000;
/** Submissions looked at for one page before it is given as it is. */
const CANDIDATES_OF_A_PAGE = 20_000;
/** Submissions looked at at once. */
const CANDIDATES = 1_000;

/** How late another process may write a submission, its clock included. */
const SLACK_MS = 3_600_000;
const WHOLE_EVERY_MS = 3_600_000;

/** Events that say nothing of how far a submission is. */
const BESIDES = listed(["node", "untold", "told"] satisfies AuditEvent[]);

/** What the tables say. */
export class AuditReader {
  readonly #tables: AuditTables;
  /** Accepted before this, milliseconds: dispatched or given up. */
  #pendingFrom = 0;
  #wholeAt = Number.NEGATIVE_INFINITY;
  /** Oldest that was written since it was last asked what is pending. */
  #accepting = Number.POSITIVE_INFINITY;

  constructor(tables: AuditTables) {
    this.#tables = tables;
  }

  async ready(): Promise<void> {
    await this.#tables.rows(`SELECT 1 FROM ${EVENTS} LIMIT 1`);
  }

  async chain(submissionId: string): Promise<readonly AuditEntry[]> {
    const rows = await this.#tables.rows<EventRow>(
      `SELECT ${EVENT_COLUMNS} FROM ${EVENTS} WHERE submission_id = ${quoted(submissionId)} ORDER BY sequence`,
    );
    return rows.map((row) => toEntry(fromEventRow(row)));
  }

  async record(submissionId: string): Promise<SubmissionRecord | undefined> {
    return (await this.records([submissionId])).get(submissionId);
  }

  /** The submission of an id is the one whose digest the first row of its chain names: a claim that lost may have left another. */
  async records(submissionIds: readonly string[]): Promise<ReadonlyMap<string, SubmissionRecord>> {
    const records = new Map<string, SubmissionRecord>();
    for (const ids of portions(submissionIds)) {
      const rows = await this.#tables.rows<RecordRow>(
        `SELECT ${RECORD_COLUMNS} FROM ${SUBMISSIONS} WHERE (accepted_at, submission_id, digest) IN (${claims(ids)})
         LIMIT 1 BY submission_id`,
      );
      for (const row of rows) records.set(row[1], fromRecordRow(row));
    }
    return records;
  }

  async events(submissionIds: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<AuditEvent>>> {
    const events = new Map<string, ReadonlySet<AuditEvent>>(submissionIds.map((id) => [id, new Set()]));
    for (const ids of portions(submissionIds)) {
      const rows = await this.#tables.rows<[string, string[]]>(
        `SELECT submission_id, groupUniqArray(toString(event)) FROM ${EVENTS} WHERE submission_id IN (${listed(ids)})
         GROUP BY submission_id`,
      );
      for (const [id, names] of rows) events.set(id, new Set(names.map(auditEvent)));
    }
    return events;
  }

  async heads(submissionIds: readonly string[]): Promise<ReadonlyMap<string, ChainHead>> {
    const heads = new Map<string, GrowingHead>();
    for (const ids of portions(submissionIds)) {
      const rows = await this.#tables.rows<HeadRow>(
        `SELECT ${HEAD_COLUMNS} FROM ${EVENTS} WHERE submission_id IN (${listed(ids)}) ORDER BY submission_id, sequence`,
      );
      for (const row of rows) gatherHead(heads, row);
    }
    return heads;
  }

  async lastBlock(): Promise<{ readonly sequence: number; readonly hash: string } | undefined> {
    const [row] = await this.#tables.rows<[string, string]>(
      `SELECT toString(sequence), hash FROM ${EVENTS} WHERE submission_id = ${quoted(BLOCKS_CHAIN)}
       ORDER BY submission_id DESC, sequence DESC LIMIT 1`,
    );
    return row && { sequence: Number(row[0]), hash: row[1] };
  }

  async list({ teams, pipelineId, event, limit, cursor }: ListQuery): Promise<Page<SubmissionSummary>> {
    const rows: SubmissionSummary[] = [];
    if (teams.length === 0) return { rows, next: undefined };
    const where = [
      `team IN (${listed(teams)})`,
      ...(pipelineId === undefined ? [] : [`pipeline_id = ${quoted(pipelineId)}`]),
    ];
    let after = cursor === undefined ? undefined : placeOf(cursor);
    for (let seen = 0; seen < CANDIDATES_OF_A_PAGE; seen += CANDIDATES) {
      const before =
        after === undefined
          ? []
          : // The first comparison is what the index knows.
            [
              `accepted_at <= ${timeLiteral(after.at)}`,
              `(accepted_at, submission_id) < (${timeLiteral(after.at)}, ${quoted(after.id)})`,
            ];
      const candidates = await this.#tables.rows<Candidate>(
        `SELECT submission_id, digest, team, pipeline_id, env, actor, toString(toUnixTimestamp64Milli(accepted_at))
         FROM ${SUBMISSIONS} WHERE ${[...where, ...before].join(" AND ")}
         ORDER BY accepted_at DESC, submission_id DESC LIMIT ${CANDIDATES}`,
      );
      const states = await this.#states(candidates.map(([id]) => id));
      for (const [index, row] of candidates.entries()) {
        const [submissionId, digest, team, pipeline, env, actor, acceptedAt] = row;
        after = { at: Number(acceptedAt), id: submissionId };
        const state = states.get(submissionId);
        // What a claim that lost has left is no submission, and what was written twice is one.
        if (state?.record !== digest || candidates[index - 1]?.[0] === submissionId) continue;
        if (event !== undefined && state.event !== event) continue;
        rows.push({
          submissionId,
          team,
          pipelineId: pipeline,
          env,
          actor,
          acceptedAt: Number(acceptedAt),
          event: state.event,
          eventAt: state.at,
        });
        if (rows.length === limit) return { rows, next: cursorOf(after) };
      }
      if (candidates.length < CANDIDATES) return { rows, next: undefined };
    }
    return { rows, next: after && cursorOf(after) };
  }

  /** Looks no further back than it must: what was seen to be dispatched is not asked for again, but for a while and once an hour. */
  async pending(acceptedBefore: number, limit: number): Promise<readonly SubmissionRecord[]> {
    const gone = listed(["dispatched", ...FINAL_EVENTS] satisfies AuditEvent[]);
    const whole = performance.now() - this.#wholeAt > WHOLE_EVERY_MS;
    const from = whole ? 0 : this.#pendingFrom;
    const before = Number.isFinite(acceptedBefore) ? ` AND accepted_at < ${timeLiteral(acceptedBefore)}` : "";
    const accepted = `accepted_at >= ${timeLiteral(from)}${before}`;
    const among = from === 0 ? "1" : `submission_id IN (SELECT submission_id FROM ${SUBMISSIONS} WHERE ${accepted})`;
    const rows = await this.#tables.rows<[string, string]>(
      `SELECT submission_id, toString(toUnixTimestamp64Milli(accepted_at)) FROM ${SUBMISSIONS} WHERE ${accepted}
         AND submission_id NOT IN (SELECT submission_id FROM ${EVENTS} WHERE event IN (${gone}) AND ${among})
         AND (submission_id, digest) IN
           (SELECT submission_id, digests['record'] FROM ${EVENTS} WHERE sequence = 0 AND ${among})
       ORDER BY accepted_at, submission_id LIMIT ${limit}`,
    );
    if (whole) this.#wholeAt = performance.now();
    const oldest = rows[0] === undefined ? acceptedBefore : Number(rows[0][1]);
    // What has a time to come was accepted by a clock that was wrong; others write with the right one.
    this.#pendingFrom = Math.max(0, Math.min(oldest, this.#accepting, Date.now()) - SLACK_MS);
    this.#accepting = Number.POSITIVE_INFINITY;
    const ids = rows.map(([id]) => id);
    const records = await this.records(ids);
    return ids.flatMap((id) => records.get(id) ?? []);
  }

  /** Reads no more than the column of events, but for the few rows of these two. */
  async untold(sink: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#tables.rows<[string]>(
      `SELECT submission_id FROM ${EVENTS} WHERE event IN ('untold', 'told') AND detail['sink'] = ${quoted(sink)}
       GROUP BY submission_id HAVING countIf(event = 'told') = 0 ORDER BY min(at), submission_id LIMIT ${limit}`,
    );
    return rows.map(([id]) => id);
  }

  /** A submission of this time is being written: it must not be overlooked by whoever asks what is pending. */
  accepting(acceptedAt: number): void {
    this.#accepting = Math.min(this.#accepting, acceptedAt);
    this.#pendingFrom = Math.max(0, Math.min(this.#pendingFrom, acceptedAt));
  }

  /** Of each submission: what its chain's first row names, and its last event; what happened to its nodes and who heard of it does not count. */
  async #states(submissionIds: readonly string[]) {
    const states = new Map<string, { record: string; event: string; at: number }>();
    for (const ids of portions(submissionIds)) {
      const rows = await this.#tables.rows<[string, string, string, string]>(
        `SELECT submission_id, anyIf(digests['record'], sequence = 0), argMaxIf(toString(event), sequence, event NOT IN (${BESIDES})),
           toString(toUnixTimestamp64Milli(argMaxIf(at, sequence, event NOT IN (${BESIDES}))))
         FROM ${EVENTS} WHERE submission_id IN (${listed(ids)}) GROUP BY submission_id`,
      );
      for (const [id, record, event, at] of rows) states.set(id, { record, event, at: Number(at) });
    }
    return states;
  }
}

/** Columns of `EVENTS` as `gatherHead` takes them. */
export const HEAD_COLUMNS = "submission_id, toString(sequence), key, toString(event), hash, digests['record']";
export type HeadRow = [id: string, sequence: string, key: string, event: string, hash: string, record: string];

/** The next row of a chain, in the order of sequence. */
export function gatherHead(heads: Map<string, GrowingHead>, [id, sequence, key, event, hash, record]: HeadRow): void {
  const before = heads.get(id);
  heads.set(id, {
    sequence: Number(sequence),
    hash,
    keys: (before?.keys ?? new Set<string>()).add(key),
    events: (before?.events ?? new Set<string>()).add(event),
    record: before === undefined ? record || undefined : before.record,
  });
}

type Candidate = [
  id: string,
  digest: string,
  team: string,
  pipeline: string,
  env: string,
  actor: string,
  acceptedAt: string,
];

const claims = (ids: readonly string[]): string =>
  `SELECT at, submission_id, digests['record'] FROM ${EVENTS} WHERE submission_id IN (${listed(ids)}) AND sequence = 0`;

function* portions(ids: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) yield ids.slice(from, from + IDS_AT_ONCE);
}

interface Place {
  readonly at: number;
  readonly id: string;
}

const cursorOf = ({ at, id }: Place): string => Buffer.from(`${at}/${id}`).toString("base64url");

function placeOf(cursor: string): Place {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  const [, at, id] = /^(\d{1,15})\/(.+)$/s.exec(text) ?? [];
  if (at === undefined || id === undefined || Number(at) > LAST_TIME) throw new InvalidCursor(cursor);
  return { at: Number(at), id };
}

/** What a caller gave as a cursor came from no page. */
export class InvalidCursor extends Error {
  constructor(cursor: string) {
    super(`No page ended at the cursor ${JSON.stringify(cursor.slice(0, 100))}.`);
    this.name = "InvalidCursor";
  }
}
