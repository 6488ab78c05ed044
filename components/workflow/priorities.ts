/** A priority as Kueue (admission) and Kubernetes (placement) both know it. */
export interface PriorityClass {
  readonly name: string;
  readonly value: number;
  readonly description: string;
  /** Whether a pod may evict running pods of lower priority to get a node. */
  readonly preemption: "PreemptLowerPriority" | "Never";
}

/**
 * `low` and `normal` wait for a node; `high` and `critical` take one. All of them stay below the system classes
 * (2,000,000,000) and below the platform's own controllers.
 */
export const PRIORITY_CLASSES = {
  low: {
    name: "orch-low",
    value: 1_000,
    description: "Backfills and experiments: runs when nothing else wants the capacity.",
    preemption: "Never",
  },
  normal: {
    name: "orch-normal",
    value: 10_000,
    description: "What a DAG gets when it says nothing.",
    preemption: "Never",
  },
  high: {
    name: "orch-high",
    value: 100_000,
    description: "Deadlines: takes quota and nodes from low and normal.",
    preemption: "PreemptLowerPriority",
  },
  critical: {
    name: "orch-critical",
    value: 1_000_000,
    description: "Production inference and incidents: takes quota and nodes from everything else.",
    preemption: "PreemptLowerPriority",
  },
} as const satisfies Record<string, PriorityClass>;
