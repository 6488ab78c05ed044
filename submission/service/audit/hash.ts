import { createHash } from "node:crypto";
import type { SubmissionRecord } from "../model.ts";

/**
 * How rows become hashes. Version 1: SHA-256, in lower-case hexadecimal, over the UTF-8 of one line of JSON without spaces, as
 * `JSON.stringify` writes it: an array of a tag and the fields in the order below, maps as arrays of pairs in the order of their keys' UTF-16 code
 * units. Numbers are whole; what a row leaves out is null. Of a submission's documents and its manifest, their own SHA-256 stands there. Any language can follow this; `test/unit/service/audit/hash.test.ts` has vectors.
 */
export const ROW_TAG = "orch.audit.row.v1";
export const RECORD_TAG = "orch.audit.record.v1";
export const BLOCK_TAG = "orch.audit.block.v1";

/** `previousHash` of a chain's first row. */
export const NO_HASH = "0".repeat(64);

export type Pairs = readonly (readonly [key: string, value: string])[];

/** A row as the table has it; maps as pairs, so that a pair that stands twice is not lost on the way. */
export interface StoredRow {
  readonly submissionId: string;
  readonly sequence: number;
  readonly block: number;
  readonly key: string;
  readonly event: string;
  readonly actor: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly digests: Pairs;
  readonly detail: Pairs;
  readonly previousHash: string;
  readonly hash: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

export function sortedPairs(map: Readonly<Record<string, string>>): Pairs {
  return byKey(Object.entries(map));
}

function byKey(pairs: Pairs): Pairs {
  return pairs.length < 2 ? pairs : [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

export function rowHash(row: Omit<StoredRow, "hash">): string {
  return sha256(
    JSON.stringify([
      ROW_TAG,
      row.submissionId,
      row.sequence,
      row.block,
      row.key,
      row.event,
      row.actor,
      row.at,
      byKey(row.digests),
      byKey(row.detail),
      row.previousHash,
    ]),
  );
}

/** `sha256:` and hexadecimal; the first row of a chain names it, so that the submission beside the chain cannot be changed either. */
export function recordDigest(record: SubmissionRecord): string {
  const { documents, rerunOf } = record;
  return `sha256:${sha256(
    JSON.stringify([
      RECORD_TAG,
      record.submissionId,
      record.team,
      record.namespace,
      record.pipelineId,
      record.env,
      record.actor,
      record.acceptedAt,
      record.bodyDigest,
      record.manifestDigest,
      record.recipeDigest,
      sha256(documents.dag),
      sha256(documents.params),
      documents.refs === undefined ? null : sha256(documents.refs),
      sha256(record.manifest),
      rerunOf === undefined ? null : [rerunOf.submissionId, rerunOf.kept],
      record.traceparent,
    ]),
  )}`;
}

/** Over all rows of one insertion but the block's own: `hashes` in the order of chain (by its UTF-8 bytes) and sequence. */
export function blockDigest(hashes: readonly string[]): string {
  return `sha256:${sha256(JSON.stringify([BLOCK_TAG, ...hashes]))}`;
}

export type Place = Pick<StoredRow, "submissionId" | "sequence">;

/** Chain and sequence as ClickHouse orders them: strings by bytes. */
export function byPlace(a: Place, b: Place): number {
  if (a.submissionId === b.submissionId) return a.sequence - b.sequence;
  return Buffer.compare(Buffer.from(a.submissionId, "utf8"), Buffer.from(b.submissionId, "utf8"));
}
