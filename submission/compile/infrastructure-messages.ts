/**
 * What Argo reports as the message of a try that the infrastructure ended, not the user's program. Argo's retry expression sees
 * nothing else of the event. Regular expressions (RE2), anchored at the start.
 */
export interface InfrastructureMessage {
  readonly pattern: string;
  /** Who writes it, when. */
  readonly when: string;
  /** A message as it was seen. */
  readonly example: string;
}

export const INFRASTRUCTURE_MESSAGES: readonly InfrastructureMessage[] = [
  {
    pattern: "pod deleted",
    when: "Argo: the pod of a running node is gone (node removed, spot reclaimed, preempted, deleted by hand)",
    example: "pod deleted",
  },
  {
    pattern: "Pod failed before .+ container starts due to (PodInitializing|ContainerCreating)",
    when: "Argo: the pod failed while its containers were being created, as when its node goes away",
    example: "Pod failed before main container starts due to PodInitializing: ",
  },
  {
    pattern: "pod failed: (neither main nor wait container|wait container|main container) ",
    when: "Argo: the pod failed and no container says why, as when the pod's node is gone",
    example: "pod failed: neither main nor wait container completed successfully",
  },
  {
    pattern: "can't find failed message for pod ",
    when: "Argo: the pod failed without any container status (no machine in time: stock-out, a node that never came up)",
    example: "can't find failed message for pod sub-1-train-123 namespace team-research",
  },
  {
    pattern: "main: Error \\(exit code 64\\): The resource has been deleted",
    when: "Argo: the custom resource it waited for is gone (no machines in time: Kueue takes it away; deleted by hand)",
    example:
      'main: Error (exit code 64): The resource has been deleted while its status was still being checked. Will not be retried: rayjobs.ray.io "sub-1-train" not found',
  },
  {
    pattern: "main: Error \\(exit code 64\\): no more retries Error from server \\((NotFound|AlreadyExists)\\)",
    when: "Argo: its waiter for a custom resource was lost before it made one, or made it and was lost before Argo saw that",
    example:
      'main: Error (exit code 64): no more retries Error from server (NotFound): rayjobs.ray.io "sub-1-train" not found',
  },
  {
    pattern: "Pod was terminated in response to imminent node shutdown",
    when: "kubelet: graceful shutdown of the node",
    example: "Pod was terminated in response to imminent node shutdown.",
  },
  {
    pattern: "Pod was rejected",
    when: "kubelet: the pod was bound to a node that does not take it (shutting down, out of resources)",
    example: "Pod was rejected as the node is shutting down.",
  },
  {
    pattern: "The node was low on resource",
    when: "kubelet: eviction under pressure of the node",
    example: "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi.",
  },
  {
    pattern: "Preempted in order to admit critical pod",
    when: "kubelet: preemption by a critical pod",
    example: "Preempted in order to admit critical pod",
  },
  {
    pattern: "(init|wait): ",
    when: "Argo's own containers failed; the user's had no part in it",
    example: "wait: Error (exit code 64): dial tcp: i/o timeout",
  },
  {
    pattern: "simulated: deleted while running",
    when: "the embedded environment's simulated kubelet: a running pod was deleted; a real one reports exit 143",
    example: "simulated: deleted while running",
  },
  {
    pattern: "main: [A-Za-z]* ?\\(exit code 143\\)",
    when: "kubelet: the main container was told to stop (preemption, eviction, drain); a deadline has a message of its own",
    example: "main: Error (exit code 143)",
  },
  {
    pattern: "main: (Error|Unknown|ContainerStatusUnknown) \\(exit code 137\\)",
    when: "kubelet: killed, and not for memory (that is `OOMKilled`)",
    example: "main: Error (exit code 137)",
  },
];

/**
 * How Argo says that a custom resource is gone that it waited for: Kueue took it away because it had no machines in time, or somebody
 * deleted it.
 */
export const RESOURCE_GONE = "main: Error (exit code 64): The resource has been deleted";

/** How Argo says that there is no custom resource to wait for, as when its waiter was lost before it made one. */
export const NO_RESOURCE = "main: Error (exit code 64): no more retries Error from server (NotFound)";

/**
 * How Argo says that the pod was never on a machine: taken back by Kueue after its time (or preempted before it ran), it has no
 * container that could say anything.
 */
export const NO_MACHINE = "can't find failed message for pod ";

/** One regular expression for all of them, in RE2. */
export const INFRASTRUCTURE_PATTERN = `^(${INFRASTRUCTURE_MESSAGES.map(({ pattern }) => pattern).join("|")})`;
