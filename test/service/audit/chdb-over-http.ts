import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "chdb";
import { auditSchema } from "../../../submission/spec/audit/index.ts";

/**
 * How the endpoint behaves. `away`: takes no request. `error`: answers 500. `silent`: does nothing and never answers. `loses-answers`: inserts
 * what it is given and never says so.
 */
export type Behaviour = "well" | "away" | "error" | "silent" | "loses-answers";

/**
 * An HTTP endpoint backed by chdb: it speaks as much of ClickHouse's HTTP interface as the audit log uses, and runs the statements in the same
 * engine. It is no ClickHouse server: no accounts, no replicas, one process.
 */
export async function chdbOverHttp() {
  const folder = await mkdtemp(join(tmpdir(), "orch-audit-http-"));
  const session = new Session(folder);
  for (const statement of auditSchema("single")) await session.queryAsync(statement);
  const endpoint = {
    behaviour: ((): Behaviour => "well")(),
    address: "",
    inserts: 0,
    /** Past the log, as nobody has the right to. */
    run: async (statement: string) => (await session.queryAsync(statement, { format: "JSONCompactEachRow" })).text(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      session.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.writeHead(500, { "X-ClickHouse-Exception-Code": "1" });
      response.end(error instanceof Error ? error.message : String(error));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (endpoint.behaviour === "away") {
      request.socket.destroy();
      return;
    }
    const body = await text(request);
    if (endpoint.behaviour === "error") {
      response.writeHead(500, { "X-ClickHouse-Exception-Code": "241" });
      response.end("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)");
      return;
    }
    if (endpoint.behaviour === "silent") return;
    const { searchParams } = new URL(request.url ?? "/", "http://endpoint");
    const insertion = searchParams.get("query");
    let result = "";
    if (insertion === null) {
      result = (await session.queryAsync(body)).text();
    } else {
      endpoint.inserts++;
      await session.queryAsync(`${withSettings(insertion, searchParams)}\n${body}`);
    }
    if (endpoint.behaviour === "loses-answers" && insertion !== null) request.socket.destroy();
    else response.end(result);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: AddressInfo = Object(server.address());
  endpoint.address = `http://127.0.0.1:${port}`;
  return endpoint;
}

const KNOWN = ["insert_deduplication_token", "input_format_parallel_parsing", "async_insert"];

function withSettings(insertion: string, params: URLSearchParams): string {
  const settings = KNOWN.flatMap((name) => {
    const value = params.get(name);
    return value === null ? [] : [`${name} = ${/^\d+$/.test(value) ? value : `'${value}'`}`];
  });
  return settings.length === 0 ? insertion : insertion.replace(/ FORMAT /, ` SETTINGS ${settings.join(", ")} FORMAT `);
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
