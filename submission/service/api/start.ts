import { OpenAccess } from "../access/index.ts";
import { type Parts, Refusals } from "../application/index.ts";
import { BYTES_IN_FLIGHT, BytesInFlight } from "./bytes-in-flight.ts";
import { Door } from "./door.ts";
import { closeGrpc, grpcServer, listenGrpc } from "./grpc/server.ts";
import { ApiMetrics } from "./metrics.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { listenRest, PATIENCE, type Patience, restServer } from "./rest/server.ts";

export interface ApiOptions {
  readonly parts: Parts;
  /** Address to listen on, e.g. `0.0.0.0`. Default: `127.0.0.1`. */
  readonly host?: string;
  /** TCP ports; 0 takes any that is free. */
  readonly ports: { readonly http: number; readonly grpc: number };
  /** Requests one caller may make within a second, REST and gRPC together. Default: 1,000; without authentication: any number. */
  readonly requestsPerSecond?: number;
  /** Bytes of all bodies that are being read or checked at once; one of the largest always fits. Default: 64 MiB. */
  readonly bytesInFlight?: number;
  /** How slow a client may be. Default: 10 s for the head of a request, 30 s for all of it, 120 s of silence. */
  readonly patience?: Patience;
  /** Default: metrics of its own, the process's among them. */
  readonly metrics?: ApiMetrics;
}

export interface RunningApi {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  /** E.g. `127.0.0.1:9090`; without TLS, which is the mesh's or the ingress's. */
  readonly grpc: string;
  readonly readiness: Readiness;
  /** Takes nothing new, ends streams, finishes what is in hand and puts the last refusals on record. */
  close(): Promise<void>;
}

/** Health checks over gRPC are told what `/readyz` says, this often. */
const HEALTH_EVERY_MILLIS = 5_000;

/** The API, listening. The parts stay their owner's: they are not closed with it. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { parts, ports, host = "127.0.0.1", metrics = new ApiMetrics(), patience = PATIENCE } = options;
  refuseOpenDoor(parts, host);
  const closing = new AbortController();
  const refusals = new Refusals(parts.audit, parts.log);
  const door = new Door({ access: parts.access, requestsPerSecond: requestsPerSecond(options) });
  const readiness = readinessOf(parts);
  const bytes = new BytesInFlight(
    Math.max(options.bytesInFlight ?? BYTES_IN_FLIGHT, parts.profile.limits.documentBytes),
  );
  const rest = restServer({ parts, door, refusals, metrics, readiness, closing: closing.signal, patience, bytes });
  const calls = grpcServer({ parts, door, refusals, metrics, closing: closing.signal, bytes });
  const http = await listenRest(rest, host, ports.http);
  const grpc = await listenGrpc(calls, host, ports.grpc);
  const looking = setInterval(() => void readiness().then(({ ready }) => calls.serving(ready)), HEALTH_EVERY_MILLIS);
  return {
    http,
    grpc,
    readiness,
    close: async () => {
      clearInterval(looking);
      calls.serving(false);
      closing.abort();
      await Promise.all([rest.close(), closeGrpc(calls)]);
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
