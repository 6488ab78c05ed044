import type { V1ContainerState, V1ContainerStatus, V1Pod, V1PodStatus } from "@kubernetes/client-node";

/** How one execution ended. */
export interface Outcome {
  readonly exitCode: number;
  /** Last words of the process, for the pod's status. */
  readonly message: string;
  /** Set when the runner ended it: the pod was deleted, its deadline passed, its machine went away. */
  readonly reason?: "DeadlineExceeded" | "Terminated";
}

type StatusPatch = Partial<V1PodStatus>;

export function runningStatus(pod: V1Pod, startedAt: Date): StatusPatch {
  return {
    phase: "Running",
    message: `executed for real: argoexec as a process of this host under service account ${pod.spec?.serviceAccountName}`,
    startTime: startedAt,
    conditions: ["Initialized", "ContainersReady", "Ready"].map((type) => ({
      type,
      status: "True",
      lastTransitionTime: startedAt,
    })),
    initContainerStatuses: statuses(pod.spec?.initContainers, () => terminated(0, "", startedAt, startedAt), true),
    containerStatuses: statuses(pod.spec?.containers, () => ({ running: { startedAt } }), true),
  };
}

export function endedStatus(pod: V1Pod, outcome: Outcome, startedAt: Date, finishedAt: Date): StatusPatch {
  const failed = outcome.exitCode !== 0;
  return {
    phase: failed ? "Failed" : "Succeeded",
    reason: outcome.reason,
    // Argo shows a failed pod's message instead of its container's: a kubelet leaves it empty unless it ended the pod itself.
    message: outcome.reason ? outcome.message : failed ? "" : "executed for real",
    conditions: ["ContainersReady", "Ready"].map((type) => ({
      type,
      status: "False",
      reason: failed ? "PodFailed" : "PodCompleted",
      lastTransitionTime: finishedAt,
    })),
    containerStatuses: statuses(pod.spec?.containers, (name) =>
      name === "main"
        ? terminated(outcome.exitCode, outcome.message, startedAt, finishedAt)
        : terminated(0, "", startedAt, finishedAt),
    ),
  };
}

function statuses(
  containers: readonly { name: string; image?: string }[] | undefined,
  state: (name: string) => V1ContainerState,
  running = false,
): V1ContainerStatus[] {
  return (containers ?? []).map(({ name, image }) => ({
    name,
    image: image ?? "",
    imageID: "",
    ready: running,
    restartCount: 0,
    state: state(name),
  }));
}

function terminated(exitCode: number, message: string, startedAt: Date, finishedAt: Date): V1ContainerState {
  const reason = exitCode === 0 ? "Completed" : "Error";
  return { terminated: { exitCode, reason, startedAt, finishedAt, ...(message ? { message } : {}) } };
}
