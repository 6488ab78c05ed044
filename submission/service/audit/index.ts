/** The door of `submission/service/audit`. */
export { ClickHouseAuditLog } from "./clickhouse-log.ts";
export { openEmbeddedAuditLog } from "./embedded.ts";
export * from "./log.ts";
export { InvalidCursor } from "./reader.ts";
