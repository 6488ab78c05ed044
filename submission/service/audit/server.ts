import { hostname } from "node:os";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { ServerAuditLog } from "./server-log.ts";
import { AuditTables, type Engine, INSERTION } from "./store.ts";

export interface AuditServer {
  /** `https://host:port` of ClickHouse's HTTP interface. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  /** PEM of the authority that signed the server's certificate. Default: those the system knows. */
  readonly ca?: string;
  /** Milliseconds until a request counts as lost. Default: 10,000. */
  readonly timeoutMs?: number;
}

/**
 * The audit log on a ClickHouse server or its replicas, whose tables are there (the platform stack makes them). Any number of
 * processes may write. Nothing is asked of the server before the first call; `ready` says whether it answers.
 */
export function openServerAuditLog(server: AuditServer): ServerAuditLog {
  return new ServerAuditLog(serverTables(server), `${hostname()}/${process.pid}`);
}

/** The tables without a log on them, e.g. to verify them: a reader's account will do. */
export function serverTables(server: AuditServer): AuditTables {
  return new AuditTables(httpEngine(server));
}

function httpEngine({ address, username, password, ca, timeoutMs = 10_000 }: AuditServer): Engine {
  const client = createClient({
    url: address,
    username,
    password,
    request_timeout: timeoutMs,
    // What fails is thrown, and said once by whoever catches it.
    log: { level: ClickHouseLogLevel.OFF },
    ...(ca === undefined ? {} : { tls: { ca_cert: Buffer.from(ca, "utf8") } }),
  });
  return {
    async query(statement) {
      const result = await client.query({ query: statement, format: "JSONCompactEachRow" });
      return await result.text();
    },
    async insert(table, values, token) {
      await client.insert({
        table,
        values,
        format: "JSONEachRow",
        clickhouse_settings: token === undefined ? INSERTION : { ...INSERTION, insert_deduplication_token: token },
      });
    },
    close: () => client.close(),
  };
}
