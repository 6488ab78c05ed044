import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import { type Parts, type Refusals, Rejection } from "../../application/index.ts";
import type { Caller } from "../../model.ts";
import type { BytesInFlight } from "../bytes-in-flight.ts";
import type { Door } from "../door.ts";
import type { ApiMetrics } from "../metrics.ts";
import { failureOf } from "../problems.ts";
import type { Headers } from "../requests.ts";
import { type Definitions, loadDefinitions, SERVICE } from "./definitions.ts";
import { serviceError } from "./failures.ts";
import { type Call, STREAMS, UNARY } from "./methods.ts";

export interface GrpcOptions {
  readonly parts: Parts;
  readonly door: Door;
  readonly refusals: Refusals;
  readonly metrics: ApiMetrics;
  readonly closing: AbortSignal;
  readonly bytes: BytesInFlight;
}

export interface GrpcServer {
  readonly server: Server;
  /** What health checks are told. */
  serving(yes: boolean): void;
}

/** The gRPC server, not yet listening: the submissions, health and reflection. */
export function grpcServer(options: GrpcOptions): GrpcServer {
  const definitions = loadDefinitions();
  const server = new Server({
    "grpc.max_receive_message_length": options.parts.profile.limits.documentBytes,
    "grpc.max_concurrent_streams": 1_000,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
  });
  server.addService(definitions.submissions, {
    ...Object.fromEntries(UNARY.map((method) => [method.name, unary(method, options, definitions)])),
    ...Object.fromEntries(STREAMS.map((method) => [method.name, stream(method, options, definitions)])),
  });
  const health = new HealthImplementation({ "": "SERVING", [SERVICE]: "SERVING" });
  health.addToServer(server);
  new ReflectionService(definitions.package).addToServer(server);
  return {
    server,
    serving: (yes) => {
      for (const name of ["", SERVICE]) health.setStatus(name, yes ? "SERVING" : "NOT_SERVING");
    },
  };
}

type AnyCall = ServerUnaryCall<unknown, object> | ServerWritableStream<unknown, object>;

function unary(
  method: (typeof UNARY)[number],
  options: GrpcOptions,
  definitions: Definitions,
): handleUnaryCall<unknown, object> {
  return (call, answer) => {
    const watch = new Watch(method.name, method.changes, call, options);
    const body = options.bytes.request();
    watch
      .admitted()
      .then((caller) => {
        body.take(textBytes(call.request));
        return method.handle(callOf(call, caller, options), options);
      })
      .finally(() => body.release())
      .then(
        (value) => {
          watch.ended("OK");
          answer(null, value);
        },
        (error: unknown) => {
          watch.failed(error);
          answer(serviceError(error, definitions));
        },
      );
  };
}

function stream(
  method: (typeof STREAMS)[number],
  options: GrpcOptions,
  definitions: Definitions,
): handleServerStreamingCall<unknown, object> {
  return (call) => {
    const watch = new Watch(method.name, false, call, options);
    const gone = new AbortController();
    call.once("cancelled", () => gone.abort());
    const signal = AbortSignal.any([gone.signal, options.closing]);
    const run = async () => {
      const caller = await watch.admitted();
      for await (const item of await method.open(callOf(call, caller, options), options.parts, signal)) {
        if (gone.signal.aborted) return;
        // Who does not read is not read for either.
        if (!call.write(item)) await drained(call, gone.signal);
      }
    };
    run().then(
      () => {
        watch.ended("OK");
        call.end();
      },
      (error: unknown) => {
        watch.failed(error);
        call.emit("error", serviceError(error, definitions));
      },
    );
  };
}

/** A message is in memory before anybody can look at it; what takes room in one is its texts. */
function textBytes(message: unknown): number {
  if (typeof message !== "object" || message === null) return 0;
  let bytes = 0;
  for (const value of Object.values(message)) if (typeof value === "string") bytes += Buffer.byteLength(value);
  return bytes;
}

function drained(call: ServerWritableStream<unknown, object>, gone: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  call.once("drain", resolve);
  gone.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

const callOf = (call: AnyCall, caller: Caller, { parts }: GrpcOptions): Call => ({
  parts,
  caller,
  request: call.request,
  headers: headersOf(call),
});

function headersOf(call: AnyCall): Headers {
  return { team: metadata(call, "orch-team"), traceparent: metadata(call, "traceparent") };
}

function metadata(call: AnyCall, name: string): string | undefined {
  const [first] = call.metadata.get(name);
  return typeof first === "string" ? first : undefined;
}

/** One call from its arrival to its end: who makes it, how long it takes, what it was refused for. */
class Watch {
  readonly #operation: string;
  readonly #changes: boolean;
  readonly #call: AnyCall;
  readonly #options: GrpcOptions;
  readonly #start = performance.now();
  #caller: Caller | undefined;

  constructor(operation: string, changes: boolean, call: AnyCall, options: GrpcOptions) {
    this.#operation = operation;
    this.#changes = changes;
    this.#call = call;
    this.#options = options;
  }

  async admitted(): Promise<Caller> {
    // Without the port, which is another with each connection.
    const address = this.#call.getPeer().replace(/:\d+$/, "");
    this.#caller = await this.#options.door.admit(metadata(this.#call, "authorization"), address);
    return this.#caller;
  }

  ended(outcome: string): void {
    this.#options.metrics.request("grpc", this.#operation, outcome, (performance.now() - this.#start) / 1_000);
  }

  failed(error: unknown): void {
    const { refusals, metrics, parts } = this.#options;
    const { reason } = failureOf(error);
    this.ended(reason ?? "internal");
    if (error instanceof Rejection) {
      refusals.note({ rejection: error, caller: this.#caller, operation: this.#operation, changes: this.#changes });
    } else if (reason === undefined) {
      const stack = error instanceof Error ? error.stack : String(error);
      parts.log.error({ operation: this.#operation, stack }, "a call failed by a mistake of ours");
    }
    if (reason !== undefined && this.#changes) metrics.refused(reason);
  }
}

/** @returns the address it listens on, e.g. `127.0.0.1:9090` */
export async function listenGrpc({ server }: GrpcServer, host: string, port: number): Promise<string> {
  const name = host.includes(":") ? `[${host}]` : host;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`${name}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
    error === null ? resolve(bound) : reject(error),
  );
  return `${name}:${await promise}`;
}

/** Lets calls end; those that do not within five seconds are cut off. */
export async function closeGrpc({ server }: GrpcServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = setTimeout(() => server.forceShutdown(), 5_000);
  server.tryShutdown(() => resolve());
  await promise;
  clearTimeout(late);
}
