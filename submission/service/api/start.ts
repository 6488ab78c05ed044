import { OpenAccess } from "../access/index.ts";
import { type Parts, Refusals } from "../application/index.ts";
import { Door } from "./door.ts";
import { ApiMetrics } from "./metrics.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { listenRest, restServer } from "./rest/server.ts";

export interface ApiOptions {
  readonly parts: Parts;
  /** Address to listen on, e.g. `0.0.0.0`. Default: `127.0.0.1`. */
  readonly host?: string;
  /** TCP ports; 0 takes any that is free. */
  readonly ports: { readonly http: number; readonly grpc: number };
  /** Requests one caller may make within a second, REST and gRPC together. Default: 1,000; without authentication: any number. */
  readonly requestsPerSecond?: number;
  /** Default: metrics of its own, the process's among them. */
  readonly metrics?: ApiMetrics;
}

export interface RunningApi {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  readonly readiness: Readiness;
  /** Takes nothing new, ends streams, finishes what is in hand and puts the last refusals on record. */
  close(): Promise<void>;
}

/** The API, listening. The parts stay their owner's: they are not closed with it. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { parts, ports, host = "127.0.0.1", metrics = new ApiMetrics() } = options;
  refuseOpenDoor(parts, host);
  const closing = new AbortController();
  const refusals = new Refusals(parts.audit, parts.log);
  const door = new Door({ access: parts.access, requestsPerSecond: requestsPerSecond(options) });
  const readiness = readinessOf(parts);
  const rest = restServer({ parts, door, refusals, metrics, readiness, closing: closing.signal });
  const http = await listenRest(rest, host, ports.http);
  return {
    http,
    readiness,
    close: async () => {
      closing.abort();
      await rest.close();
      await refusals.settled();
    },
  };
}

function requestsPerSecond({ parts, requestsPerSecond }: ApiOptions): number {
  return requestsPerSecond ?? (parts.access instanceof OpenAccess ? Number.POSITIVE_INFINITY : 1_000);
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** Without authentication, only whoever is on this machine may come. */
function refuseOpenDoor({ access, log }: Parts, host: string): void {
  if (!(access instanceof OpenAccess)) return;
  if (!LOOPBACK.has(host)) throw new Error(`authentication is off, and ${host} is not this machine alone`);
  log.warn({ host }, `authentication is ${access.description}`);
}
