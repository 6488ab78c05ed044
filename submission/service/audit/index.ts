/** The door of `submission/service/audit`. */
export { ClickHouseAuditLog } from "./clickhouse-log.ts";
export { openEmbeddedAuditLog, openEmbeddedTables } from "./embedded.ts";
export type { Finding, FindingKind } from "./findings.ts";
export * from "./log.ts";
export { auditPages } from "./pages.ts";
export { InvalidCursor } from "./reader.ts";
export { type AuditServer, openServerAuditLog, serverTables } from "./server.ts";
export { type AuditPages, type Progress, type Verified, verifyAll, verifyChain } from "./verify.ts";
