import { AUDIT_DATABASE, AUDIT_TABLE, type AuditUser } from "./constants.ts";

/** Name of the cluster in ClickHouse's own configuration. */
export const CLICKHOUSE_CLUSTER = "audit";

/** Where the table lives: in one process (`chdb`, one server), or in replicas that agree by a keeper. */
export type AuditPlacement = "single" | "replicated";

/**
 * The statements that bring ClickHouse to its audit table, each of which may be repeated. A row is one thing that happened to
 * one submission; its hash covers its fields and the hash before it, so that no row can be changed, left out or put in.
 */
export function auditSchema(placement: AuditPlacement): string[] {
  const onCluster = placement === "replicated" ? ` ON CLUSTER '${CLICKHOUSE_CLUSTER}'` : "";
  const engine =
    placement === "replicated"
      ? "ReplicatedMergeTree('/clickhouse/{cluster}/tables/{shard}/{database}/{table}', '{replica}')"
      : "MergeTree";
  return [
    `CREATE DATABASE IF NOT EXISTS ${AUDIT_DATABASE}${onCluster}`,
    `CREATE TABLE IF NOT EXISTS ${AUDIT_DATABASE}.${AUDIT_TABLE}${onCluster}
(
  submission_id String,
  sequence UInt64 COMMENT 'from 0, without a gap',
  at DateTime64(6, 'UTC'),
  actor String COMMENT 'who: a person or a service, as authenticated',
  event LowCardinality(String) COMMENT 'what: accepted, dispatched, running, succeeded, ...',
  digests Map(LowCardinality(String), String) COMMENT 'of what it was about: manifest, refs, recipe',
  previous_hash FixedString(64) COMMENT 'of the row before; zeros in the first',
  hash FixedString(64) COMMENT 'SHA-256 over all fields above, hexadecimal'
)
ENGINE = ${engine}
ORDER BY (submission_id, sequence)`,
  ];
}

/** What each user may do, as ClickHouse's configuration states it: no grant, no right. */
export const AUDIT_GRANTS: Readonly<Record<AuditUser, readonly string[]>> = {
  writer: [`GRANT INSERT ON ${AUDIT_DATABASE}.${AUDIT_TABLE}`],
  reader: [`GRANT SELECT ON ${AUDIT_DATABASE}.${AUDIT_TABLE}`],
  // Makes what is missing; without ALTER, DROP, DELETE or TRUNCATE it can take nothing back.
  owner: [`GRANT CREATE DATABASE, CREATE TABLE ON ${AUDIT_DATABASE}.*`, "GRANT CLUSTER ON *.*"],
};
