import http from "node:http";
import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../protocol/values.ts";
import type { Connection } from "./kubeconfig.ts";

/** Kubernetes' own error object, as far as it is used here. */
export interface Status {
  message?: string;
  reason?: string;
  code?: number;
  details?: { name?: string; kind?: string; causes?: { reason?: string; message?: string; field?: string }[] };
}

/** The API server refused a request. */
export class ApiError extends Error {
  readonly code: number;
  readonly status: Status;
  constructor(code: number, status: Status) {
    super(status.message ?? `the API server answered ${code}`);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
  }
}

/** The API server could not be asked at all. */
export class UnreachableError extends Error {
  constructor(server: string, cause: Error) {
    super(
      `the Kubernetes API server at ${server} cannot be reached: ${cause.message || ("code" in cause ? String(cause.code) : "no answer")}`,
    );
    this.name = "UnreachableError";
  }
}

export interface ApiRequest {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Record<string, string>;
  body?: JsonObject;
  contentType?: string;
  signal?: AbortSignal | undefined;
}
export interface ApiResponse {
  code: number;
  body: JsonObject;
  /** What the server warns of, e.g. a deprecated version. */
  warnings: string[];
}

const ATTEMPTS = 4;

/** A keep-alive client of one API server; requests run in parallel over few connections. */
export class ApiServer {
  readonly server: string;
  readonly #agent: https.Agent | http.Agent;
  readonly #headers: Record<string, string>;

  constructor(connection: Connection) {
    this.server = connection.server;
    const pool = { keepAlive: true, maxSockets: 24, scheduling: "fifo" as const };
    this.#agent = connection.server.startsWith("https:")
      ? new https.Agent({ ...pool, ...connection.tls })
      : new http.Agent(pool);
    this.#headers = {
      accept: "application/json",
      "user-agent": "orchestration-layer-provider",
      ...(connection.token === undefined ? {} : { authorization: `Bearer ${connection.token}` }),
    };
  }

  /**
   * One request; retried when the connection is lost before an answer or the server asks to come back later.
   *
   * @throws ApiError for any answer that is not a success
   * @throws UnreachableError when no answer came
   */
  async request(path: string, request: ApiRequest = {}): Promise<ApiResponse> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(path, request);
      } catch (error) {
        if (request.signal?.aborted === true || attempt >= ATTEMPTS || !passes(error)) throw error;
        await delay(100 * 2 ** attempt, undefined, { signal: request.signal });
      }
    }
  }

  #once(path: string, request: ApiRequest): Promise<ApiResponse> {
    const url = new URL(this.server + path);
    for (const [key, value] of Object.entries(request.query ?? {})) url.searchParams.set(key, value);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return new Promise((resolve, reject) => {
      const client = url.protocol === "https:" ? https : http;
      const outgoing = client.request(
        url,
        {
          method: request.method ?? "GET",
          agent: this.#agent,
          signal: request.signal,
          timeout: 60_000,
          headers: {
            ...this.#headers,
            ...(body === undefined
              ? {}
              : {
                  "content-type": request.contentType ?? "application/json",
                  "content-length": Buffer.byteLength(body),
                }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", (error) => reject(new UnreachableError(this.server, error)));
          incoming.on("end", () => {
            const code = incoming.statusCode ?? 0;
            const parsed = parseBody(Buffer.concat(chunks).toString("utf8"));
            if (code >= 200 && code < 300) resolve({ code, body: parsed, warnings: warningsOf(incoming) });
            else reject(new ApiError(code, parsed as Status));
          });
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within 60 s")));
      outgoing.on("error", (error) =>
        reject(request.signal?.aborted === true ? error : new UnreachableError(this.server, error)),
      );
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function passes(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ApiError && (error.code === 429 || error.code === 503));
}

function parseBody(text: string): JsonObject {
  if (text === "") return {};
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return { message: text.slice(0, 500) };
  }
}

// RFC 7234: `299 - "text"`.
function warningsOf(incoming: http.IncomingMessage): string[] {
  const header = incoming.headers.warning;
  return header === undefined
    ? []
    : [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? "").replaceAll('\\"', '"'));
}
