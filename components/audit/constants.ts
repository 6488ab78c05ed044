/** No imports here. */

export const AUDIT_NAMESPACE = "audit";
/** TCP port of ClickHouse over HTTPS. */
export const AUDIT_PORT = 8443;
export const AUDIT_HOST = `clickhouse-audit.${AUDIT_NAMESPACE}.svc`;
