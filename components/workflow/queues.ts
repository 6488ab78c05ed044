import type { PoolAmount, PoolShare } from "../../submission/spec/profile.ts";
import { devicesOf, flavorName, type NodePool, WORK_POOLS } from "../cluster/index.ts";
import { NAMESPACE_NAME_LABEL } from "../security/index.ts";
import { COHORT, LOCAL_QUEUES } from "./constants.ts";

export type WorkClass = keyof typeof LOCAL_QUEUES;
export const WORK_CLASSES = Object.keys(LOCAL_QUEUES) as WorkClass[];

/** An amount of one pool's resources; no GPUs in CPU pools, and slices where the pool's GPUs are cut. */
export type Quota = Readonly<PoolAmount>;
export const NO_QUOTA: Quota = { cpu: 0, memory: 0, gpu: 0 };

/** What a team may use of each pool (`cpu`, `cpu_spot`, `gpu`, `gpu_spot`, `gpu_slices`). */
export interface TeamShare {
  /** By pool name: nominal quota, which the team gets whenever it asks. A pool that is left out: none. */
  readonly quota: Readonly<Record<string, Quota>>;
  /** What it may borrow on top of the nominal quota, as a fraction of it. Default: 0, nothing. */
  readonly burst?: number;
  /** What it lends of its unused nominal quota, as a fraction of it. Default: 1. */
  readonly lend?: number;
  /** Share of the cohort's spare capacity against other teams. Default: 1. */
  readonly weight?: number;
}

interface ResourceQuota {
  readonly name: string;
  readonly nominalQuota: string;
  readonly borrowingLimit: string;
  readonly lendingLimit: string;
}

/** Spec of a Kueue ClusterQueue, as far as we set it. */
export interface ClusterQueueSpec {
  readonly cohortName: string;
  readonly queueingStrategy: "BestEffortFIFO";
  readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly resourceGroups: readonly {
    readonly coveredResources: readonly string[];
    readonly flavors: readonly { readonly name: string; readonly resources: readonly ResourceQuota[] }[];
  }[];
  readonly flavorFungibility: {
    readonly whenCanBorrow: "MayStopSearch" | "TryNextFlavor";
    readonly whenCanPreempt: "MayStopSearch" | "TryNextFlavor";
  };
  readonly preemption: {
    readonly reclaimWithinCohort: "Any";
    readonly withinClusterQueue: "LowerPriority";
  };
  readonly fairSharing: { readonly weight: string };
}

export interface QueuePlan {
  readonly name: string;
  readonly localQueue: string;
  readonly spec: ClusterQueueSpec;
}

/** Pools of a class in the order Kueue tries them: spot first, then on-demand. */
export function poolsOf(workClass: WorkClass, pools: readonly NodePool[] = WORK_POOLS): readonly NodePool[] {
  const inClass = pools.filter((pool) => pool.class === workClass);
  return [...inClass.filter((pool) => pool.capacity === "spot"), ...inClass.filter((pool) => pool.capacity !== "spot")];
}

/** Those of slices only where the team has any. */
export type TeamQueues<T> = Readonly<Record<"cpu" | "gpu", T> & Partial<Record<"gpu-slice", T>>>;

/** The classes that a team has queues for. */
export const queueClasses = ({ quota }: TeamShare): readonly WorkClass[] =>
  WORK_CLASSES.filter(
    (workClass) => workClass !== "gpu-slice" || poolsOf(workClass).some(({ name }) => (quota[name]?.gpu ?? 0) > 0),
  );

/** Something of each class that the team has queues for. */
export function perQueue<T>(share: TeamShare, of: (workClass: WorkClass) => T): TeamQueues<T> {
  const slices = queueClasses(share).includes("gpu-slice") ? { "gpu-slice": of("gpu-slice") } : {};
  return { cpu: of("cpu"), gpu: of("gpu"), ...slices };
}

/**
 * The team's queues, one per resource class: Kueue drains one workload per queue and cycle, so a burst of CPU work never
 * stands before GPU work, and no job that wants whole GPUs before one that wants a slice.
 */
export function planTeamQueues(team: string, namespace: string, share: TeamShare): TeamQueues<QueuePlan> {
  const queue = (workClass: WorkClass): QueuePlan => ({
    name: `${team}-${workClass}`,
    localQueue: LOCAL_QUEUES[workClass],
    spec: clusterQueue(workClass, namespace, share),
  });
  return perQueue(share, queue);
}

function clusterQueue(workClass: WorkClass, namespace: string, share: TeamShare): ClusterQueueSpec {
  return {
    cohortName: COHORT,
    queueingStrategy: "BestEffortFIFO",
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    resourceGroups: [
      {
        coveredResources: coveredResources(workClass),
        flavors: poolsOf(workClass).map((pool) => ({
          name: flavorName(pool),
          resources: resourceQuotas(workClass, poolShare(share, pool.name)),
        })),
      },
    ],
    // Idle spot capacity of another team is still cheaper than on-demand: borrow it before trying the next flavor.
    // Evicting somebody is dearer than on-demand: try the next flavor first.
    flavorFungibility: { whenCanBorrow: "MayStopSearch", whenCanPreempt: "TryNextFlavor" },
    preemption: { reclaimWithinCohort: "Any", withinClusterQueue: "LowerPriority" },
    fairSharing: { weight: String(share.weight ?? 1) },
  };
}

/** Kubernetes resources a class's quota covers; a pod that asks for any other is never admitted. */
export function coveredResources(workClass: WorkClass): string[] {
  const devices = poolsOf(workClass)
    .filter(({ shape }) => shape.gpu > 0)
    .map(({ shape }) => devicesOf(shape).resource);
  return ["cpu", "memory", ...new Set(devices)];
}

function resourceQuotas(workClass: WorkClass, { nominal, borrowing, lending }: PoolShare): ResourceQuota[] {
  return coveredResources(workClass).map((name) => ({
    name,
    nominalQuota: quantity(nominal, name),
    borrowingLimit: quantity(borrowing, name),
    lendingLimit: quantity(lending, name),
  }));
}

/** What a team has of one pool: the amounts that its fractions make. */
export function poolShare({ quota, burst = 0, lend = 1 }: TeamShare, pool: string): PoolShare {
  const nominal = quota[pool] ?? NO_QUOTA;
  return { nominal, borrowing: part(nominal, burst), lending: part(nominal, lend) };
}

/** As the API server would write it back: an amount of nothing has no unit. */
function quantity({ cpu, memory, gpu }: Quota, resource: string): string {
  if (resource === "memory") return memory === 0 ? "0" : `${memory}Gi`;
  return String(resource === "cpu" ? cpu : gpu);
}
const part = (quota: Quota, fraction: number): Quota => ({
  cpu: Math.floor(quota.cpu * fraction),
  memory: Math.floor(quota.memory * fraction),
  gpu: Math.floor(quota.gpu * fraction),
});
