/** Names and statements only: the service, the platform stack and whoever audits them read the same. */
export const AUDIT_DATABASE = "audit";
/** What happened: one chain of rows per submission. */
export const AUDIT_EVENTS_TABLE = "events";
/** What was submitted, beside its chain. */
export const AUDIT_SUBMISSIONS_TABLE = "submissions";
/** Name of the cluster in ClickHouse's own configuration. */
export const CLICKHOUSE_CLUSTER = "audit";

/** Who adds rows, who reads them, and who made the tables: nobody changes or deletes one. */
export const AUDIT_USERS = { writer: "audit_writer", reader: "audit_reader", owner: "audit_owner" } as const;
export type AuditUser = keyof typeof AUDIT_USERS;

/** Where the tables live: in one process (`chdb`, one server), or in replicas that agree by a keeper. */
export type AuditPlacement = "single" | "replicated";

/**
 * How many of the last insertions a table knows by their token. A writer whose insertion is still under way when that many others
 * have gone by would no longer be held back; at the 40 a second that one log takes, this is over 20 minutes.
 */
export const DEDUPLICATION_WINDOW = 50_000;

/**
 * The statements that bring ClickHouse to its audit tables, each of which may be repeated. A row of `events` is one thing that
 * happened to one submission; its hash covers its fields and the hash before it, so that no row can be changed, left out or put
 * in. What is written together is one block: its rows and one more, on a chain of its own, with a digest over them all, so that no end of a
 * chain can be left out either.
 *
 * No partitions: a token holds one writer back only within one. Parts are written through to the disk before an insertion is answered.
 */
export function auditSchema(placement: AuditPlacement): string[] {
  const replicated = placement === "replicated";
  const onCluster = replicated ? ` ON CLUSTER '${CLICKHOUSE_CLUSTER}'` : "";
  const engine = replicated
    ? "ReplicatedMergeTree('/clickhouse/{cluster}/tables/{shard}/{database}/{table}', '{replica}')"
    : "MergeTree";
  const window = replicated
    ? `replicated_deduplication_window = ${DEDUPLICATION_WINDOW}, replicated_deduplication_window_seconds = 86400`
    : `non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`;
  const durable = "fsync_after_insert = 1, fsync_part_directory = 1";
  return [
    `CREATE DATABASE IF NOT EXISTS ${AUDIT_DATABASE}${onCluster}`,
    `CREATE TABLE IF NOT EXISTS ${AUDIT_DATABASE}.${AUDIT_EVENTS_TABLE}${onCluster}
(
  submission_id String COMMENT 'the chain: a submission, refused/<request>, or checkpoint/all for the blocks themselves',
  sequence UInt64 COMMENT 'from 0, without a gap',
  block UInt64 COMMENT 'what it was written with: its row on checkpoint/all has the digest',
  key String COMMENT 'a chain takes one row of a key',
  event LowCardinality(String) COMMENT 'what: accepted, dispatched, running, succeeded, ...',
  actor String COMMENT 'who: a person or a service, as authenticated',
  at DateTime64(3, 'UTC'),
  digests Map(LowCardinality(String), String) COMMENT 'of what it was about: body, manifest, recipe, record',
  detail Map(LowCardinality(String), String) COMMENT 'node, attempt, state, reason',
  previous_hash FixedString(64) COMMENT 'of the row before; zeros in the first',
  hash FixedString(64) COMMENT 'SHA-256 over all fields above, hexadecimal',
  INDEX by_block block TYPE minmax GRANULARITY 1
)
ENGINE = ${engine}
ORDER BY (submission_id, sequence)
SETTINGS ${window}, ${durable}`,
    `CREATE TABLE IF NOT EXISTS ${AUDIT_DATABASE}.${AUDIT_SUBMISSIONS_TABLE}${onCluster}
(
  accepted_at DateTime64(3, 'UTC'),
  submission_id String,
  digest String COMMENT 'SHA-256 over all other fields; the submission is the one whose digest the first row of its chain names',
  team LowCardinality(String),
  namespace LowCardinality(String),
  pipeline_id String,
  env LowCardinality(String),
  actor String,
  body_digest String,
  manifest_digest String,
  recipe_digest String,
  dag String CODEC(ZSTD(1)),
  params String CODEC(ZSTD(1)),
  refs Nullable(String) CODEC(ZSTD(1)),
  manifest String COMMENT 'the compiled Workflow, one line of JSON' CODEC(ZSTD(1)),
  rerun_of Nullable(String) COMMENT 'JSON: the earlier submission and the nodes it keeps',
  traceparent String
)
ENGINE = ${engine}
ORDER BY (accepted_at, submission_id)
SETTINGS ${durable}`,
  ];
}

const tables = [AUDIT_EVENTS_TABLE, AUDIT_SUBMISSIONS_TABLE].map((table) => `${AUDIT_DATABASE}.${table}`);

/** What each user may do, as ClickHouse's configuration states it: no grant, no right. */
export const AUDIT_GRANTS: Readonly<Record<AuditUser, readonly string[]>> = {
  // Who writes behind a chain must know its end, and the service answers for a submission long after its Workflow is gone.
  writer: tables.map((table) => `GRANT SELECT, INSERT ON ${table}`),
  reader: tables.map((table) => `GRANT SELECT ON ${table}`),
  // Makes what is missing; without ALTER, DROP, DELETE or TRUNCATE it can take nothing back.
  owner: [`GRANT CREATE DATABASE, CREATE TABLE ON ${AUDIT_DATABASE}.*`, "GRANT CLUSTER ON *.*"],
};
