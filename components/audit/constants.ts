/** No imports here. */

export const AUDIT_NAMESPACE = "audit";
export const AUDIT_DATABASE = "audit";
export const AUDIT_TABLE = "events";
/** TCP port of ClickHouse over HTTPS. */
export const AUDIT_PORT = 8443;
export const AUDIT_HOST = `clickhouse-audit.${AUDIT_NAMESPACE}.svc`;

/** Who adds rows, who reads them, and who made the table: nobody changes or deletes one. */
export const AUDIT_USERS = { writer: "audit_writer", reader: "audit_reader", owner: "audit_owner" } as const;
export type AuditUser = keyof typeof AUDIT_USERS;
