export { type AuditAccess, AuditStore, type AuditStoreArgs, planSchemaFiles, SCHEMA_SCRIPT } from "./audit-store.ts";
export { type ClickHouseSettings, planClickHouse, planClickHouseOperatorValues, planKeeper } from "./clickhouse.ts";
export * from "./constants.ts";
