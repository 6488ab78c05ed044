import type { AddressInfo } from "node:net";
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { PROBLEM_MEDIA_TYPE } from "../../../spec/index.ts";
import { type Parts, type Refusals, Rejection } from "../../application/index.ts";
import type { BytesInFlight } from "../bytes-in-flight.ts";
import type { Door } from "../door.ts";
import type { ApiMetrics } from "../metrics.ts";
import { failureOf } from "../problems.ts";
import type { Readiness } from "../readiness.ts";
import { callerOf, setCaller } from "./caller.ts";
import { countedBody } from "./counted-body.ts";
import { operationalRoutes } from "./operational.ts";
import { submissionRoutes } from "./routes.ts";

export interface RestOptions {
  readonly parts: Parts;
  readonly door: Door;
  readonly refusals: Refusals;
  readonly metrics: ApiMetrics;
  readonly readiness: Readiness;
  /** Ends streams that are still open. */
  readonly closing: AbortSignal;
  readonly patience: Patience;
  readonly bytes: BytesInFlight;
}

/** Milliseconds a client may take: for the head of a request, for all of it, and between two signs of life on an open connection. */
export interface Patience {
  readonly head: number;
  readonly request: number;
  readonly silence: number;
}

export const PATIENCE: Patience = { head: 10_000, request: 30_000, silence: 120_000 };

/** What only changes something when it is let through. */
const isChange = (request: FastifyRequest): boolean => request.method === "POST";

/** The REST server, not yet listening. */
export function restServer(options: RestOptions): FastifyInstance {
  const { patience } = options;
  const app = fastify({
    logger: false,
    bodyLimit: options.parts.profile.limits.documentBytes,
    requestTimeout: patience.request,
    connectionTimeout: patience.silence,
    http: { headersTimeout: patience.head, connectionsCheckingInterval: Math.min(1_000, patience.head) },
    routerOptions: { maxParamLength: 256, caseSensitive: true },
    forceCloseConnections: "idle",
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, options),
  });
  // Bodies stay bytes: the documents in them are parsed once, by the check.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  const otherMethods = refuseOtherMethods(app);
  app.setErrorHandler<FastifyError>((error, request, reply) => answerError(error, request, reply, options));
  app.setNotFoundHandler((request, reply) => {
    const nowhere = new Rejection("unknown", "There is nothing at this path; /openapi.json says what there is.");
    return answerError(nowhere, request, reply, options);
  });
  app.addHook("onResponse", async (request, reply) => {
    const operation = `${request.method} ${request.routeOptions.url ?? "nowhere"}`;
    options.metrics.request("rest", operation, String(reply.statusCode), reply.elapsedTime / 1_000);
  });
  operationalRoutes(app, options);
  app.register(
    async (api) => {
      api.addHook("onRequest", async (request) => {
        setCaller(request, await options.door.admit(request.headers.authorization, request.ip));
      });
      // Only of who was let in is anything read.
      api.addHook("preParsing", async (request, reply, payload) => {
        if (!isChange(request)) return payload;
        return countedBody(request, reply, payload, options.bytes, options.parts.profile.limits.documentBytes);
      });
      submissionRoutes(api, options);
    },
    { prefix: "/api/orch" },
  );
  app.register(otherMethods);
  return app;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** A path that is there answers 405 to the methods it does not have; called before all routes, takes effect after them. */
function refuseOtherMethods(app: FastifyInstance): (scope: FastifyInstance) => Promise<void> {
  const known = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    known.set(url, methods);
  });
  return async (scope) => {
    for (const [url, methods] of [...known]) {
      const others = METHODS.filter((each) => !methods.has(each));
      const allow = [...methods].join(", ");
      scope.route({
        url,
        method: others,
        handler: async (_request, reply) => {
          reply.header("allow", allow);
          throw new Rejection("unsupported-method", `Here there is ${allow}.`);
        },
      });
    }
  };
}

async function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { refusals, metrics, parts }: RestOptions,
): Promise<void> {
  const meant = rejectionOf(error);
  const { problem, retryAfter, reason } = failureOf(meant);
  const operation = `${request.method} ${request.routeOptions.url ?? "nowhere"}`;
  if (meant instanceof Rejection) {
    refusals.note({ rejection: meant, caller: callerOf(request), operation, changes: isChange(request) });
  } else if (reason === undefined) {
    const stack = error instanceof Error ? error.stack : String(error);
    parts.log.error({ operation, stack }, "a request failed by a mistake of ours");
  }
  if (reason !== undefined && isChange(request)) metrics.refused(reason);
  if (reply.sent) return;
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="orch"');
  await reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

/** What the framework found, in our words. */
function rejectionOf(error: unknown): unknown {
  if (error instanceof Rejection || !(error instanceof Error) || !("code" in error)) return error;
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Rejection(
        "too-large",
        "The body is larger than a submission may be. Keep data out of it: pass the URI of a file.",
      );
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_EMPTY_TYPE":
      return new Rejection(
        "unsupported-media-type",
        "The body must be application/json; YAML goes into it as a string.",
      );
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "FST_ERR_CTP_INVALID_TYPE":
    case "FST_ERR_BAD_URL":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new Rejection("malformed", error.message);
    case "FST_ERR_MAX_PARAM_LENGTH":
      return new Rejection("malformed", "The path is too long.");
    default:
      return error;
  }
}

/** @returns the address it listens on, e.g. `http://127.0.0.1:8080` */
export async function listenRest(app: FastifyInstance, host: string, port: number): Promise<string> {
  await app.listen({ host, port });
  const address = app.server.address();
  return `http://${printable(address)}`;
}

function printable(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return String(address);
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}
