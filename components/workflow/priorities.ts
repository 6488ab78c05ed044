/** A priority as Kueue (admission) and Kubernetes (placement) both know it. */
export interface PriorityClass {
  readonly name: string;
  /** Who is admitted first, and whose quota may be taken back. */
  readonly value: number;
  /** Who gets a node first; a pod may evict those below it. */
  readonly placement: number;
  readonly description: string;
}

/**
 * Every pod may evict what is below it: balloons, which only keep room free, for all; each other for `high` and `critical`
 * alone. `low` and `normal` are placed as equals: to Kubernetes a backfill and a new node are the same way to room, and it would
 * end the one before it asks for the other. All of them stay below the system classes (2,000,000,000).
 */
export const PRIORITY_CLASSES = {
  low: {
    name: "orch-low",
    value: 1_000,
    placement: 10_000,
    description: "Backfills and experiments: runs when nothing else wants the capacity.",
  },
  normal: {
    name: "orch-normal",
    value: 10_000,
    placement: 10_000,
    description: "What a DAG gets when it says nothing.",
  },
  high: {
    name: "orch-high",
    value: 100_000,
    placement: 100_000,
    description: "Deadlines: takes quota and nodes from low and normal.",
  },
  critical: {
    name: "orch-critical",
    value: 1_000_000,
    placement: 1_000_000,
    description: "Production inference and incidents: takes quota and nodes from everything else.",
  },
} as const satisfies Record<string, PriorityClass>;
