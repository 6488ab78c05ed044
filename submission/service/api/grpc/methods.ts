import { z } from "zod";
import type { SourceText } from "../../../spec/index.ts";
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
import type { Caller } from "../../model.ts";
import type { ApiMetrics } from "../metrics.ts";
import { type Headers, oneTeam, parsed } from "../requests.ts";
import { listQuery, nodeId, submissionId, teamName, verifyQuery } from "../schema.ts";
import { acceptedWire, auditWire, cancelledWire, pageWire, plannedWire, verificationWire } from "../wire.ts";

/** The methods of `orch.proto`: what comes in is parsed with the schemas of REST, what goes out is what REST sends. */

export interface Call {
  readonly parts: Parts;
  readonly caller: Caller;
  /** As the proto says; not trusted. */
  readonly request: unknown;
  readonly headers: Headers;
}

interface Unary {
  readonly name: string;
  readonly changes: boolean;
  handle(call: Call, context: { readonly metrics: ApiMetrics }): Promise<object>;
}

interface Stream {
  readonly name: string;
  open(call: Call, parts: Parts, signal: AbortSignal): Promise<AsyncIterable<object>>;
}

/** In proto3, what was not given is empty. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" || value === 0 ? undefined : value), schema.optional());

const text = optional(z.string());
const byId = z.object({ submission_id: submissionId });
const submitMessage = z.object({
  dag_spec: text,
  runtime_params: text,
  refs: text,
  team: optional(teamName),
});
const rerunMessage = z.object({
  rerun_of: submissionId,
  submission_id: optional(submissionId),
  from: optional(nodeId),
  dag_spec: text,
  runtime_params: text,
  refs: text,
});
const planMessage = rerunMessage.extend({ rerun_of: optional(submissionId), team: optional(teamName) });
const logsMessage = byId.extend({ node: optional(nodeId), follow: z.boolean() });
const verifyMessage = z.object({ head: optional(verifyQuery.shape.head.unwrap()) });
const listMessage = z.object({
  team: optional(teamName),
  pipeline_id: text,
  event: optional(listQuery.shape.event.unwrap()),
  limit: optional(z.int().min(1).max(500)),
  cursor: text,
});

export const UNARY: readonly Unary[] = [
  {
    name: "Submit",
    changes: true,
    handle: async ({ parts, caller, request, headers }, { metrics }) => {
      const { team, ...given } = parsed(submitMessage, request);
      const texts = { dag: needed("dag_spec", given.dag_spec), params: needed("runtime_params", given.runtime_params) };
      const accepted = await submit(parts, caller, {
        texts: { ...texts, refs: documentOf("refs", given.refs) },
        team: oneTeam(team, headers.team),
        traceparent: headers.traceparent,
      });
      metrics.accepted(accepted.record.team);
      return withoutNulls(acceptedWire(accepted));
    },
  },
  {
    name: "Plan",
    changes: false,
    handle: async ({ parts, caller, request, headers }) => {
      const { rerun_of, submission_id, from, team, ...given } = parsed(planMessage, request);
      if (rerun_of !== undefined) {
        const { traceparent } = headers;
        const asked = { of: rerun_of, submissionId: submission_id, from, ...documents(given), traceparent };
        return withoutNulls(plannedWire(await planRerunOf(parts, caller, asked)));
      }
      const texts = { ...documents(given), dag: needed("dag_spec", given.dag_spec) };
      return withoutNulls(plannedWire(await plan(parts, caller, { texts, team: oneTeam(team, headers.team) })));
    },
  },
  {
    name: "Rerun",
    changes: true,
    handle: async ({ parts, caller, request, headers }, { metrics }) => {
      const { rerun_of, submission_id, from, ...given } = parsed(rerunMessage, request);
      const { traceparent } = headers;
      const asked = { of: rerun_of, submissionId: submission_id, from, ...documents(given), traceparent };
      const accepted = await rerun(parts, caller, asked);
      metrics.accepted(accepted.record.team);
      return withoutNulls(acceptedWire(accepted));
    },
  },
  {
    name: "Cancel",
    changes: true,
    handle: async ({ parts, caller, request }) =>
      cancelledWire(await cancel(parts, caller, parsed(byId, request).submission_id)),
  },
  {
    name: "GetStatus",
    changes: false,
    handle: async ({ parts, caller, request }) => await statusOf(parts, caller, parsed(byId, request).submission_id),
  },
  {
    name: "GetLineage",
    changes: false,
    handle: async ({ parts, caller, request }) => await lineageOf(parts, caller, parsed(byId, request).submission_id),
  },
  {
    name: "GetAudit",
    changes: false,
    handle: async ({ parts, caller, request }) => {
      return auditWire(await auditOf(parts, caller, parsed(byId, request).submission_id));
    },
  },
  {
    name: "VerifyChain",
    changes: false,
    handle: async ({ parts, caller, request }) =>
      withoutNulls(verificationWire(await verifyChainOf(parts, caller, parsed(byId, request).submission_id))),
  },
  {
    name: "List",
    changes: false,
    handle: async ({ parts, caller, request }) => {
      const { pipeline_id, limit = 50, ...query } = parsed(listMessage, request);
      return withoutNulls(pageWire(await list(parts, caller, { ...query, limit, pipelineId: pipeline_id })));
    },
  },
];

export const STREAMS: readonly Stream[] = [
  {
    name: "WatchStatus",
    open: async ({ caller, request }, parts, signal) =>
      await followStatus(parts, caller, parsed(byId, request).submission_id, signal),
  },
  {
    name: "ReadLogs",
    open: async ({ caller, request }, parts, signal) => {
      const { submission_id, node, follow } = parsed(logsMessage, request);
      return await logsOf(parts, caller, { submissionId: submission_id, node, follow }, signal);
    },
  },
  {
    name: "VerifyLog",
    open: async ({ caller, request }, parts, signal) => {
      const { head } = parsed(verifyMessage, request);
      const states = await verifyLog(parts, caller, headOf(head), signal);
      return (async function* () {
        for await (const state of states) yield withoutNulls(verificationWire(state));
      })();
    },
  },
];

const documentOf = (source: string, given: string | undefined): SourceText | undefined =>
  given === undefined ? undefined : { text: given, source };

function needed(source: string, given: string | undefined): SourceText {
  if (given === undefined) throw new Rejection("malformed", `The request has no ${source}.`);
  return { text: given, source };
}

const documents = (given: Partial<Record<"dag_spec" | "runtime_params" | "refs", string | undefined>>) => ({
  dag: documentOf("dag_spec", given.dag_spec),
  params: documentOf("runtime_params", given.runtime_params),
  refs: documentOf("refs", given.refs),
});

/** JSON's null is a field that is not there. */
function withoutNulls(value: object): object {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]: [string, unknown]) => (each === null ? [] : [[key, denulled(each)]])),
  );
}

function denulled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(denulled);
  return typeof value === "object" && value !== null ? withoutNulls(value) : value;
}
