import { nodeIdOf } from "../../compile/names.ts";
import type { PlatformProfile } from "../../spec/profile.ts";
import type { ClusterNode, PodObject, WorkflowObject, WorkloadObject } from "../kubernetes/objects.ts";
import { isLost, phaseOf, type RunPhase } from "./run-state.ts";
import { messageOf, statusByTask, type Task, taskNames } from "./tasks.ts";
import { positionOf, waitingReason } from "./waiting.ts";

/**
 * `Waiting`: its inputs are not there yet. `Queued`: created, held back by Kueue. `Scheduling`: admitted, not on a node yet.
 * `Skipped`: never ran and need not, or could not because a node before it failed.
 */
export type NodeState = "Waiting" | "Queued" | "Scheduling" | "Running" | "Succeeded" | "Failed" | "Error" | "Skipped";

/** One node of the DAG at one moment; what is not known (yet, or not any more) is undefined. */
export interface NodeSnapshot {
  /** Its id in the DAG. */
  readonly node: string;
  readonly state: NodeState;
  readonly message: string | undefined;
  /** Pods made for it so far: more than 1 means it was retried. */
  readonly attempts: number;
  /** Tries that ended badly: lost to the infrastructure, or failed by themselves. */
  readonly failures: { readonly infrastructure: number; readonly user: number };
  /** Why it is queued or has no place yet, in the words of who holds it back. */
  readonly reason: string | undefined;
  /** While it is queued: workloads before it in its queue. */
  readonly queuePosition: number | undefined;
  /** LocalQueue. */
  readonly queue: string | undefined;
  /** ResourceFlavor Kueue assigned. */
  readonly flavor: string | undefined;
  readonly pool: string | undefined;
  /** Cluster node its last pod was on. */
  readonly nodeName: string | undefined;
  readonly podName: string | undefined;
  /** Seconds (whole, as Kueue's clock is) from creation to admission; still growing while `Queued`. */
  readonly queueWaitSeconds: number | undefined;
  /** ISO times. */
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
  /** Nothing of the user's ran: the pod was on a simulated node, or the custom resource's status is simulated. */
  readonly simulated: boolean;
}

export interface RunSnapshot {
  readonly submissionId: string;
  readonly namespace: string;
  /** `Deleted`: while it ran. */
  readonly phase: RunPhase | "Deleted";
  readonly message: string | undefined;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
  /** The run is over: nothing below changes any more. */
  readonly finished: boolean;
  /** In the order the DAG declares them. */
  readonly nodes: readonly NodeSnapshot[];
}

/** Everything seen of one run. A workload is keyed by the DAG node it belongs to; later ones replace earlier ones. */
export interface Observation {
  readonly namespace: string;
  readonly workflow: WorkflowObject;
  readonly pods: Iterable<PodObject>;
  readonly workloads: ReadonlyMap<string, WorkloadObject>;
  /** All workloads of the namespace, whoever they belong to: who is before whom. */
  readonly neighbours: Iterable<WorkloadObject>;
  readonly clusterNodes: ReadonlyMap<string, ClusterNode>;
  /** DAG nodes whose custom resource says it is simulated. */
  readonly simulatedResources: ReadonlySet<string>;
  readonly profile: PlatformProfile | undefined;
  readonly now: Date;
}

const SIMULATED_LABEL = "orch.dev/simulated";
const NODE_LABEL = "node_id";
const QUEUE_LABEL = "kueue.x-k8s.io/queue-name";
const POOL_LABEL = "orch.dev/pool";

export function snapshot(seen: Observation): RunSnapshot {
  const { metadata, status } = seen.workflow;
  const phase = phaseOf(seen.workflow);
  const finished = phase !== "Pending" && phase !== "Running";
  const names = taskNames(seen.workflow);
  const tasks = statusByTask(seen.workflow, names);
  const pods = podsByNode(seen.pods);
  return {
    submissionId: metadata.name,
    namespace: seen.namespace,
    phase,
    message: status.message,
    startedAt: status.startedAt ?? undefined,
    finishedAt: status.finishedAt ?? undefined,
    finished,
    nodes: names.map((name) => {
      const node = nodeIdOf(name);
      return nodeSnapshot(node, tasks.get(name), pods.get(node) ?? [], finished, seen);
    }),
  };
}

function podsByNode(pods: Iterable<PodObject>): Map<string, PodObject[]> {
  const byNode = new Map<string, PodObject[]>();
  for (const pod of pods) {
    const node = pod.metadata.labels[NODE_LABEL];
    if (node === undefined) continue;
    const list = byNode.get(node);
    if (list) list.push(pod);
    else byNode.set(node, [pod]);
  }
  for (const list of byNode.values())
    list.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  return byNode;
}

function nodeSnapshot(
  node: string,
  task: Task | undefined,
  pods: readonly PodObject[],
  runFinished: boolean,
  seen: Observation,
): NodeSnapshot {
  const pod = pods.at(-1);
  const lastTry = task?.pods.at(-1);
  const workload = seen.workloads.get(node);
  const admission = admissionOf(workload, pod, seen.now);
  const nodeName = pod?.spec.nodeName ?? lastTry?.hostNodeName;
  const clusterNode = nodeName === undefined ? undefined : seen.clusterNodes.get(nodeName);
  const flavor = flavorOf(workload);
  const state = nodeState(task, pod, admission.held, runFinished);
  return {
    node,
    state,
    message: messageOf(task),
    attempts: Math.max(task?.pods.length ?? 0, pods.length),
    failures: failuresOf(task),
    reason: waitingReason(state, workload, pod),
    queuePosition: state === "Queued" && workload !== undefined ? positionOf(workload, seen.neighbours) : undefined,
    queue: workload?.spec.queueName ?? pod?.metadata.labels[QUEUE_LABEL],
    flavor: flavor ?? poolOf(clusterNode, undefined, seen.profile)?.flavor,
    pool: poolOf(clusterNode, flavor, seen.profile)?.name ?? clusterNode?.metadata.labels[POOL_LABEL],
    nodeName,
    podName: pod?.metadata.name,
    queueWaitSeconds: admission.waitSeconds,
    startedAt: pod?.status.startTime ?? lastTry?.startedAt ?? undefined,
    finishedAt: task?.whole?.finishedAt ?? undefined,
    simulated:
      seen.simulatedResources.has(node) ||
      pod?.metadata.labels[SIMULATED_LABEL] === "true" ||
      clusterNode?.metadata.labels[SIMULATED_LABEL] === "true",
  };
}

function nodeState(task: Task | undefined, pod: PodObject | undefined, held: boolean, runFinished: boolean): NodeState {
  const phase = task?.whole?.phase;
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
  if (task === undefined && pod === undefined) return runFinished ? "Skipped" : "Waiting";
  if (held) return "Queued";
  if (phase === "Running" && (pod === undefined || pod.status.phase !== "Pending")) return "Running";
  return pod?.status.phase === "Running" ? "Running" : "Scheduling";
}

function failuresOf(task: Task | undefined): NodeSnapshot["failures"] {
  const failed = (task?.pods ?? []).filter(({ phase }) => phase === "Failed" || phase === "Error");
  const infrastructure = failed.filter(({ message }) => isLost(message)).length;
  return { infrastructure, user: failed.length - infrastructure };
}

interface Admission {
  readonly held: boolean;
  readonly waitSeconds: number | undefined;
}

function admissionOf(workload: WorkloadObject | undefined, pod: PodObject | undefined, now: Date): Admission {
  if (workload !== undefined) {
    const admitted = workload.status.conditions.find(
      (condition) => condition.type === "Admitted" && condition.status === "True",
    );
    const ended = workload.status.conditions.some(
      (condition) => condition.type === "Finished" && condition.status === "True",
    );
    const until = admitted?.lastTransitionTime ?? (ended ? undefined : now.toISOString());
    return {
      held: admitted === undefined && !ended,
      waitSeconds: until === undefined ? undefined : seconds(workload.metadata.creationTimestamp, until),
    };
  }
  if (pod === undefined || pod.metadata.labels[QUEUE_LABEL] === undefined)
    return { held: false, waitSeconds: undefined };
  const held = pod.spec.schedulingGates.some((gate) => gate.name.startsWith("kueue.x-k8s.io/"));
  return { held, waitSeconds: held ? seconds(pod.metadata.creationTimestamp, now.toISOString()) : undefined };
}

function seconds(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}

/** Of a workload with several pod sets (a Ray head and its workers) the one with the GPU says where the work is. */
function flavorOf(workload: WorkloadObject | undefined): string | undefined {
  const assignments = workload?.status.admission?.podSetAssignments ?? [];
  const withGpu = assignments.find((assignment) =>
    Object.keys(assignment.flavors).some((resource) => resource.endsWith("/gpu")),
  );
  return Object.values((withGpu ?? assignments.at(-1))?.flavors ?? {})[0];
}

function poolOf(
  clusterNode: ClusterNode | undefined,
  flavor: string | undefined,
  profile: PlatformProfile | undefined,
) {
  const label = clusterNode?.metadata.labels[POOL_LABEL];
  return profile?.pools.find((pool) => (flavor === undefined ? pool.name === label : pool.flavor === flavor));
}
