import type { AuditEntry } from "../audit/log.ts";
import { type Background, outputsOf } from "./facts.ts";
import type { NodeSnapshot, RunSnapshot } from "./snapshot.ts";
import type { NodeStatus, SubmissionStatus } from "./status.ts";

type Base = Omit<SubmissionStatus, "phase" | "finished" | "nodes">;

function base({ record }: Background): Base {
  return {
    submission_id: record.submissionId,
    pipeline_id: record.pipelineId,
    team: record.team,
    env: record.env,
    accepted_at: iso(record.acceptedAt),
    submitted_by: record.actor,
    ...(record.rerunOf === undefined ? {} : { rerun_of: record.rerunOf.submissionId }),
  };
}

/** From the Workflow as it is now. */
export function statusOfRun(background: Background, run: RunSnapshot): SubmissionStatus {
  const own = new Map(run.nodes.map((node) => [node.node, node]));
  return {
    ...base(background),
    phase: run.phase === "Deleted" ? "Vanished" : run.phase,
    finished: run.finished,
    ...(run.message === undefined ? {} : { message: run.message }),
    ...(run.startedAt === undefined ? {} : { started_at: run.startedAt }),
    ...(run.finishedAt === undefined ? {} : { finished_at: run.finishedAt }),
    nodes: allNodes(background, [...own.keys()], (node) => ofSnapshot(own.get(node))),
  };
}

function ofSnapshot(node: NodeSnapshot | undefined): Omit<NodeStatus, "node" | "kind" | "outputs"> {
  if (node === undefined) return nothingYet("Waiting");
  const reason = node.reason ?? (node.state === "Succeeded" ? undefined : node.message);
  return {
    state: node.state,
    attempt: node.attempts,
    retries: node.failures,
    ...defined({
      reason,
      pool: node.pool,
      flavor: node.flavor,
      queue: node.queue,
      queue_position: node.queuePosition,
      queue_wait_seconds: node.queueWaitSeconds,
      cluster_node: node.nodeName,
      simulated: node.simulated ? true : undefined,
      started_at: node.startedAt,
      finished_at: node.finishedAt,
    }),
  };
}

/** From the audit log alone: before there is a Workflow, and after it is gone. */
export function statusOfChain(background: Background, chain: readonly AuditEntry[]): SubmissionStatus {
  const last = chain.findLast(({ event }) => PHASE_OF[event] !== undefined);
  const phase = last === undefined ? "Accepted" : (PHASE_OF[last.event] ?? "Accepted");
  const finished = !["Accepted", "Pending", "Running"].includes(phase);
  const running = chain.find(({ event }) => event === "running");
  const message = last?.detail.message ?? last?.detail.reason;
  const nodes = nodesOfChain(chain);
  return {
    ...base(background),
    phase: phase === "Failed" && last?.detail.state === "Error" ? "Error" : phase,
    finished,
    ...(message === undefined ? {} : { message }),
    ...(running === undefined ? {} : { started_at: iso(running.at) }),
    ...(finished && last !== undefined ? { finished_at: iso(last.at) } : {}),
    nodes: allNodes(
      background,
      [...nodes.keys()],
      (node) => nodes.get(node) ?? nothingYet(finished ? "Skipped" : "Waiting"),
    ),
  };
}

const PHASE_OF: Readonly<Partial<Record<AuditEntry["event"], SubmissionStatus["phase"]>>> = {
  accepted: "Accepted",
  dispatched: "Pending",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  dead_lettered: "DeadLettered",
  vanished: "Vanished",
};

type Progress = Omit<NodeStatus, "node" | "kind" | "outputs">;

function nodesOfChain(chain: readonly AuditEntry[]): Map<string, Progress> {
  const nodes = new Map<string, Progress>();
  for (const { event, detail, at } of chain) {
    if (event !== "node" || detail.node === undefined) continue;
    nodes.set(detail.node, after(nodes.get(detail.node) ?? nothingYet("Waiting"), detail, at));
  }
  return nodes;
}

function after(node: Progress, detail: AuditEntry["detail"], at: number): Progress {
  const attempt = Number(detail.attempt ?? node.attempt);
  const message = detail.message === undefined ? {} : { reason: detail.message };
  const { state } = detail;
  switch (state) {
    case "Running":
      return { ...node, attempt, state, started_at: node.started_at ?? iso(at) };
    case "Succeeded":
    case "Failed":
    case "Error": {
      const bad = detail.attempt !== undefined && state !== "Succeeded";
      const { user, infrastructure } = node.retries;
      const lost = detail.lost === "true";
      return {
        ...node,
        ...message,
        attempt,
        state,
        retries: {
          user: user + (bad && !lost ? 1 : 0),
          infrastructure: infrastructure + (bad && lost ? 1 : 0),
        },
        finished_at: iso(at),
        ...(detail.cluster_node === undefined ? {} : { cluster_node: detail.cluster_node }),
      };
    }
    case "Skipped":
      return { ...node, ...message, state };
    default:
      return node;
  }
}

/** The DAG's nodes in its order; those of the run where the DAG can no longer be read. */
function allNodes(
  background: Background,
  known: readonly string[],
  progress: (node: string) => Progress,
): NodeStatus[] {
  const kept = new Set(background.record.rerunOf?.kept);
  const made = outputsOf(background);
  const nodes: readonly { id: string; kind: string; outs: readonly string[] }[] =
    background.submission?.dag.nodes ?? known.map((id) => ({ id, kind: "", outs: [] }));
  return nodes.map(({ id, kind, outs }) => ({
    node: id,
    kind,
    ...(kept.has(id) ? nothingYet("Kept") : progress(id)),
    outputs: outs.map((name) => ({ name, uri: made(id, name).uri })),
  }));
}

const nothingYet = (state: NodeStatus["state"]): Progress => ({
  state,
  attempt: 0,
  retries: { user: 0, infrastructure: 0 },
});

const iso = (at: number): string => new Date(at).toISOString();

/** Without the keys whose value is not known. */
function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
