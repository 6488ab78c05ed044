import type { PodObject, WorkloadObject } from "../kubernetes/objects.ts";
import type { NodeState } from "./snapshot.ts";

/** Why a node waits, in the words of who holds it back: Kueue for quota, the scheduler for a place, the kubelet for an image. */
export function waitingReason(
  state: NodeState,
  workload: WorkloadObject | undefined,
  pod: PodObject | undefined,
): string | undefined {
  if (state === "Queued") return unmet(workload?.status.conditions, "QuotaReserved") ?? "waits in its queue";
  if (state !== "Scheduling") return undefined;
  const container = pod?.status.containerStatuses.find(({ state }) => state?.waiting?.reason !== undefined);
  const waiting = container?.state?.waiting;
  if (waiting?.reason !== undefined && waiting.reason !== "PodInitializing" && waiting.reason !== "ContainerCreating") {
    return waiting.message === undefined ? waiting.reason : `${waiting.reason}: ${waiting.message}`;
  }
  return unmet(pod?.status.conditions, "PodScheduled");
}

function unmet(conditions: PodObject["status"]["conditions"] | undefined, type: string): string | undefined {
  const found = conditions?.find((condition) => condition.type === type && condition.status === "False");
  return found?.message ?? found?.reason;
}

/** Workloads that wait in the same queue and come first: higher priority, or as high and older. */
export function positionOf(own: WorkloadObject, all: Iterable<WorkloadObject>): number {
  let before = 0;
  for (const other of all) {
    if (other.metadata.uid === own.metadata.uid || other.spec.queueName !== own.spec.queueName) continue;
    if (isPending(other) && comesBefore(other, own)) before += 1;
  }
  return before;
}

function isPending({ status }: WorkloadObject): boolean {
  return !status.conditions.some(
    ({ type, status: value }) => value === "True" && (type === "QuotaReserved" || type === "Finished"),
  );
}

function comesBefore(other: WorkloadObject, own: WorkloadObject): boolean {
  if (other.spec.priority !== own.spec.priority) return other.spec.priority > own.spec.priority;
  const order = other.metadata.creationTimestamp.localeCompare(own.metadata.creationTimestamp);
  return order === 0 ? other.metadata.uid < own.metadata.uid : order < 0;
}
