import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  auditOf,
  cancel,
  followStatus,
  lineageOf,
  list,
  logsOf,
  type Parts,
  plan,
  planRerunOf,
  Rejection,
  rerun,
  statusOf,
  submit,
  verifyChainOf,
  verifyLog,
} from "../../application/index.ts";
import { headOf } from "../../audit/verify.ts";
import type { ApiMetrics } from "../metrics.ts";
import { type Headers, parsed, readPlan, readRerun, readSubmit } from "../requests.ts";
import { followQuery, listQuery, logQuery, submissionId, teamName, verifyQuery } from "../schema.ts";
import { acceptedWire, auditWire, cancelledWire, pageWire, plannedWire, verificationWire } from "../wire.ts";
import { knownCaller } from "./caller.ts";
import { sendEvents, sendLines } from "./streams.ts";

export interface RouteOptions {
  readonly parts: Parts;
  readonly metrics: ApiMetrics;
  readonly closing: AbortSignal;
}

/** Everything about submissions; whoever comes here is known. */
export function submissionRoutes(api: FastifyInstance, { parts, metrics, closing }: RouteOptions): void {
  api.post("/submit", async (request, reply) => {
    const accepted = await submit(parts, knownCaller(request), readSubmit(bodyOf(request), headersOf(request)));
    metrics.accepted(accepted.record.team);
    reply.code(202).header("location", `/api/orch/status/${accepted.record.submissionId}`);
    return acceptedWire(accepted);
  });

  api.post("/plan", async (request) => {
    const toPlan = readPlan(bodyOf(request), headersOf(request));
    const caller = knownCaller(request);
    return plannedWire(
      toPlan.kind === "rerun"
        ? await planRerunOf(parts, caller, toPlan.request)
        : await plan(parts, caller, toPlan.request),
    );
  });

  api.post("/rerun/:id", async (request, reply) => {
    const given = readRerun(bodyOf(request, "{}"), idOf(request), headersOf(request));
    const accepted = await rerun(parts, knownCaller(request), given);
    metrics.accepted(accepted.record.team);
    reply.code(202).header("location", `/api/orch/status/${accepted.record.submissionId}`);
    return acceptedWire(accepted);
  });

  api.post("/cancel/:id", async (request, reply) => {
    reply.code(202);
    return cancelledWire(await cancel(parts, knownCaller(request), idOf(request)));
  });

  api.get("/status/:id", async (request, reply) => {
    const { follow } = parsed(followQuery, request.query);
    const caller = knownCaller(request);
    if (follow !== true) return await statusOf(parts, caller, idOf(request));
    return await sendEvents(reply, "status", closing, (signal) => followStatus(parts, caller, idOf(request), signal));
  });

  api.get("/logs/:id", async (request, reply) => {
    const { node, follow = false } = parsed(logQuery, request.query);
    const asked = { submissionId: idOf(request), node, follow };
    const read = (signal: AbortSignal) => logsOf(parts, knownCaller(request), asked, signal);
    return follow || takesEvents(request)
      ? await sendEvents(reply, "line", closing, read)
      : await sendLines(reply, node === undefined, closing, read);
  });

  api.get("/lineage/:id", async (request) => await lineageOf(parts, knownCaller(request), idOf(request)));

  api.get("/audit/:id", async (request) => {
    return auditWire(await auditOf(parts, knownCaller(request), idOf(request)));
  });

  api.get("/verify/:id", async (request) =>
    verificationWire(await verifyChainOf(parts, knownCaller(request), idOf(request))),
  );

  api.get("/verify", async (request, reply) => {
    const { head, follow } = parsed(verifyQuery, request.query);
    const open = async (signal: AbortSignal) =>
      mapped(await verifyLog(parts, knownCaller(request), headOf(head), signal), verificationWire);
    if (follow === true) return await sendEvents(reply, "verification", closing, open);
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    return await last(await open(AbortSignal.any([closing, gone.signal])));
  });

  api.get("/submissions", async (request) => {
    const { pipeline_id, ...query } = parsed(listQuery, request.query);
    return pageWire(await list(parts, knownCaller(request), { ...query, pipelineId: pipeline_id }));
  });
}

/** Asked for by name: a browser or curl, which takes anything, gets text. */
const takesEvents = ({ headers }: FastifyRequest): boolean => headers.accept === "text/event-stream";

async function* mapped<From, To>(items: AsyncIterable<From>, into: (item: From) => To): AsyncGenerator<To> {
  for await (const item of items) yield into(item);
}

async function last<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  let latest: Item | undefined;
  for await (const item of items) latest = item;
  return latest;
}

function bodyOf(request: FastifyRequest, none?: string): Buffer {
  if (request.body instanceof Buffer && request.body.length > 0) return request.body;
  if (none !== undefined) return Buffer.from(none);
  throw new Rejection("malformed", "The request has no body.");
}

function idOf(request: FastifyRequest): string {
  const { params } = request;
  const id = typeof params === "object" && params !== null && "id" in params ? params.id : undefined;
  return parsed(submissionId, id);
}

function headersOf({ headers }: FastifyRequest): Headers {
  const { traceparent } = headers;
  const team = headers["orch-team"];
  return {
    team: team === undefined ? undefined : parsed(teamName, team),
    traceparent: typeof traceparent === "string" ? traceparent : undefined,
  };
}
