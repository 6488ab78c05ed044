import { INFRASTRUCTURE_PATTERN } from "../../compile/infrastructure-messages.ts";
import { nodeIdOf } from "../../compile/names.ts";
import { isOver, type StatusNode, type WorkflowObject } from "../kubernetes/objects.ts";
import { messageOf, statusByTask, type Task, taskNames } from "./tasks.ts";

/** What a Workflow alone says of a run: enough for the audit log, spans and lineage, which must not depend on pods that are gone. */

export type RunPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Error" | "Cancelled";

/** One try of a node: one pod of Argo's. */
export interface Attempt {
  /** From 1, in the order they began. */
  readonly number: number;
  readonly state: "Running" | "Succeeded" | "Failed" | "Error";
  /** Ended by the infrastructure (node gone, eviction, preemption, spot), not by the user's program. */
  readonly lost: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly message: string | undefined;
  readonly clusterNode: string | undefined;
}

export interface NodeRun {
  /** Its id in the DAG. */
  readonly node: string;
  readonly state: "Waiting" | "Running" | "Succeeded" | "Failed" | "Error" | "Skipped";
  readonly attempts: readonly Attempt[];
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly message: string | undefined;
}

export interface RunState {
  readonly submissionId: string;
  readonly namespace: string;
  readonly team: string;
  /** When its Workflow was created, milliseconds since 1970. */
  readonly createdAt: number;
  readonly phase: RunPhase;
  readonly finished: boolean;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly message: string | undefined;
  /** In the order the DAG declares them. */
  readonly nodes: readonly NodeRun[];
}

export function runState(run: WorkflowObject): RunState {
  const { metadata, status } = run;
  const phase = phaseOf(run);
  const finished = phase !== "Pending" && phase !== "Running";
  const names = taskNames(run);
  const tasks = statusByTask(run, names);
  return {
    submissionId: metadata.name,
    namespace: metadata.namespace ?? "",
    team: metadata.labels.team ?? "",
    createdAt: millis(metadata.creationTimestamp) ?? 0,
    phase,
    finished,
    startedAt: millis(status.startedAt),
    finishedAt: finished ? millis(status.finishedAt) : undefined,
    message: status.message || undefined,
    nodes: names.map((name) => nodeRun(nodeIdOf(name), tasks.get(name), finished)),
  };
}

/** A run whose Workflow went before its end was seen, as whoever hears of runs should take it: nothing of it goes on. */
export function withoutEnd(run: RunState, goneAt: number): RunState {
  if (run.finished) return run;
  const nodes = run.nodes.map((node) => (isSettled(node.state) ? node : { ...node, state: "Skipped" as const }));
  const message = "its Workflow was deleted before its end was seen";
  return { ...run, phase: "Cancelled", finished: true, finishedAt: goneAt, message, nodes };
}

export const isSettled = (state: NodeRun["state"]): boolean => state !== "Waiting" && state !== "Running";

/** What was told to stop and then ended badly was cancelled, whoever asked for it. */
export function phaseOf({ spec, status }: WorkflowObject): RunPhase {
  switch (status.phase) {
    case "Running":
    case "Succeeded":
      return status.phase;
    case "Failed":
    case "Error":
      return spec.shutdown === undefined || spec.shutdown === "" ? status.phase : "Cancelled";
    default:
      return "Pending";
  }
}

function nodeRun(node: string, task: Task | undefined, runFinished: boolean): NodeRun {
  const attempts = (task?.pods ?? []).map(attemptOf);
  const whole = task?.whole;
  return {
    node,
    state: nodeState(whole?.phase, attempts, runFinished),
    attempts,
    startedAt: attempts[0]?.startedAt ?? millis(whole?.startedAt),
    finishedAt: isOver(whole?.phase) ? millis(whole?.finishedAt) : undefined,
    message: messageOf(task),
  };
}

function nodeState(phase: string | undefined, attempts: readonly Attempt[], runFinished: boolean): NodeRun["state"] {
  switch (phase) {
    case "Succeeded":
    case "Failed":
    case "Error":
      return phase;
    case "Skipped":
    case "Omitted":
      return "Skipped";
    default:
  }
  if (runFinished) return "Skipped";
  return attempts.some(({ state }) => state === "Running") ? "Running" : "Waiting";
}

function attemptOf(pod: StatusNode, index: number): Attempt {
  const state = isOver(pod.phase) ? pod.phase : "Running";
  const failed = state === "Failed" || state === "Error";
  return {
    number: index + 1,
    state,
    lost: failed && isLost(pod.message),
    startedAt: millis(pod.startedAt),
    finishedAt: state === "Running" ? undefined : millis(pod.finishedAt),
    message: pod.message || undefined,
    clusterNode: pod.hostNodeName || undefined,
  };
}

const LOST = new RegExp(INFRASTRUCTURE_PATTERN);

/** Whether a try with this message was ended by the infrastructure; the same list decides whether Argo tries again for nothing. */
export const isLost = (message: string | undefined): boolean => LOST.test(message ?? "");

function millis(time: string | null | undefined): number | undefined {
  if (!time) return undefined;
  const at = Date.parse(time);
  return Number.isNaN(at) ? undefined : at;
}
