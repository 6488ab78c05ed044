import type { AuditEntry } from "../audit/log.ts";
import type { SubmissionRecord } from "../model.ts";
import { type Attempt, type NodeRun, type RunState, withoutEnd } from "../status/run-state.ts";

/**
 * A run as its rows in the audit log tell: the same, for whoever is told of runs, as what its Workflow said while it was there (a message
 * that was cut stays cut).
 */
export function runOfChain(record: SubmissionRecord, chain: readonly AuditEntry[]): RunState {
  const nodes = new Map<string, NodeRun>();
  let run: RunState = {
    submissionId: record.submissionId,
    namespace: record.namespace,
    team: record.team,
    createdAt: record.acceptedAt,
    phase: "Pending",
    finished: false,
    startedAt: undefined,
    finishedAt: undefined,
    message: undefined,
    nodes: [],
  };
  let vanishedAt: number | undefined;
  for (const { event, at, detail } of chain) {
    if (event === "running") run = { ...run, phase: "Running", startedAt: at };
    else if (event === "node" && detail.node !== undefined) {
      nodes.set(detail.node, after(nodes.get(detail.node) ?? waiting(detail.node), detail, at));
    } else if (event === "succeeded" || event === "failed" || event === "cancelled") {
      run = { ...run, phase: endPhase(event, detail.state), finished: true, finishedAt: at, message: detail.message };
    } else if (event === "vanished") vanishedAt = at;
  }
  run = { ...run, nodes: [...nodes.values()] };
  return vanishedAt === undefined ? run : withoutEnd(run, vanishedAt);
}

function endPhase(event: "succeeded" | "failed" | "cancelled", state: string | undefined): RunState["phase"] {
  if (event === "succeeded") return "Succeeded";
  if (event === "cancelled") return "Cancelled";
  return state === "Error" ? "Error" : "Failed";
}

const waiting = (node: string): NodeRun => ({
  node,
  state: "Waiting",
  attempts: [],
  startedAt: undefined,
  finishedAt: undefined,
  message: undefined,
});

function after(node: NodeRun, detail: AuditEntry["detail"], at: number): NodeRun {
  if (detail.attempt === undefined) {
    return { ...node, state: stateOf(detail.state), finishedAt: at, message: detail.message ?? node.message };
  }
  const number = Number(detail.attempt);
  const state = attemptState(detail.state);
  const before = node.attempts.find((attempt) => attempt.number === number);
  const attempt: Attempt = {
    number,
    state,
    lost: detail.lost === "true",
    startedAt: state === "Running" ? at : before?.startedAt,
    finishedAt: state === "Running" ? undefined : at,
    message: detail.message,
    clusterNode: detail.cluster_node,
  };
  const attempts = [...node.attempts.filter((other) => other.number !== number), attempt];
  attempts.sort((a, b) => a.number - b.number);
  return {
    ...node,
    attempts,
    state: attempts.some((each) => each.state === "Running") ? "Running" : "Waiting",
    startedAt: attempts[0]?.startedAt,
  };
}

const END_STATES = ["Succeeded", "Failed", "Error", "Skipped"] as const;
const stateOf = (state: string | undefined): NodeRun["state"] =>
  END_STATES.find((known) => known === state) ?? "Waiting";

const ATTEMPT_STATES = ["Succeeded", "Failed", "Error"] as const;
const attemptState = (state: string | undefined): Attempt["state"] =>
  ATTEMPT_STATES.find((known) => known === state) ?? "Running";
