import { nodeSpanId, submissionSpanId, traceId } from "../../compile/trace.ts";
import type { SubmissionRecord } from "../model.ts";
import type { Attempt, NodeRun, RunState } from "../status/run-state.ts";

/** A span that has ended, as plain data. */
export interface PlannedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined: the submission's own, the root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly failed: boolean;
  readonly message: string | undefined;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** What happened meanwhile, e.g. a try that was lost. */
  readonly events: readonly {
    readonly name: string;
    readonly at: number;
    readonly attributes: Record<string, string>;
  }[];
  /** W3C `traceparent` of the request that asked for it. */
  readonly link: string | undefined;
}

/** Spans of what is over: one for each node that ran, and the submission's once the run is. Same state, same spans, same ids. */
export function spansOf(record: SubmissionRecord, run: RunState): readonly PlannedSpan[] {
  const nodes = run.nodes.flatMap((node) => nodeSpan(record, node, run));
  if (!run.finished) return nodes;
  const own: PlannedSpan = {
    traceId: traceId(record.submissionId),
    spanId: submissionSpanId(record.submissionId),
    parentSpanId: undefined,
    name: record.pipelineId,
    start: record.acceptedAt,
    end: Math.max(run.finishedAt ?? record.acceptedAt, record.acceptedAt),
    failed: run.phase !== "Succeeded",
    message: run.message,
    attributes: { ...common(record), "orch.phase": run.phase, "orch.recipe_digest": record.recipeDigest },
    events: run.startedAt === undefined ? [] : [{ name: "created", at: run.startedAt, attributes: {} }],
    link: record.traceparent,
  };
  return [...nodes, own];
}

function nodeSpan(record: SubmissionRecord, node: NodeRun, run: RunState): PlannedSpan[] {
  const { startedAt } = node;
  const end = node.finishedAt ?? (run.finished ? run.finishedAt : undefined);
  if (startedAt === undefined || end === undefined || node.attempts.length === 0) return [];
  return [
    {
      traceId: traceId(record.submissionId),
      spanId: nodeSpanId(record.submissionId, node.node),
      parentSpanId: submissionSpanId(record.submissionId),
      name: node.node,
      start: startedAt,
      end: Math.max(end, startedAt),
      failed: node.state === "Failed" || node.state === "Error",
      message: node.message,
      attributes: {
        ...common(record),
        "orch.node_id": node.node,
        "orch.state": node.state,
        "orch.attempts": node.attempts.length,
      },
      events: node.attempts.flatMap(attemptEvents),
      link: undefined,
    },
  ];
}

function attemptEvents({ number, state, lost, finishedAt, message, clusterNode }: Attempt): PlannedSpan["events"] {
  if (finishedAt === undefined) return [];
  const name = lost ? "attempt lost" : `attempt ${state.toLowerCase()}`;
  const attributes: Record<string, string> = { "orch.attempt": String(number) };
  if (clusterNode !== undefined) attributes["k8s.node.name"] = clusterNode;
  if (message !== undefined && state !== "Succeeded") attributes.message = message;
  return [{ name, at: finishedAt, attributes }];
}

const common = ({ submissionId, pipelineId, team, env }: SubmissionRecord) => ({
  "orch.submission_id": submissionId,
  "orch.pipeline_id": pipelineId,
  "orch.team": team,
  "deployment.environment.name": env,
});
