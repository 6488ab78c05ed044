import { flavorName, GPU_RESOURCE, type NodePool, WORK_POOLS } from "../cluster/index.ts";
import { NAMESPACE_NAME_LABEL } from "../security/index.ts";
import { COHORT, LOCAL_QUEUES } from "./constants.ts";

export type WorkClass = keyof typeof LOCAL_QUEUES;
export const WORK_CLASSES = Object.keys(LOCAL_QUEUES) as WorkClass[];

/** An amount of one pool's resources. */
export interface Quota {
  /** Cores. */
  readonly cpu: number;
  /** GiB. */
  readonly memory: number;
  /** Whole GPUs; 0 in CPU pools. */
  readonly gpu: number;
}
export const NO_QUOTA: Quota = { cpu: 0, memory: 0, gpu: 0 };

/** What a team may use of each pool, by pool name (`cpu`, `cpu_spot`, `gpu`, `gpu_spot`). */
export interface TeamShare {
  /** Nominal quota: the team gets it whenever it asks. A pool that is left out: none. */
  readonly quota: Readonly<Record<string, Quota>>;
  /** What it may borrow on top of the nominal quota, as a fraction of it. Default: 1. */
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

/**
 * The team's queues, one per resource class: Kueue drains one workload per queue and cycle, so a burst of CPU work never
 * stands before GPU work.
 */
export function planTeamQueues(team: string, namespace: string, share: TeamShare): Record<WorkClass, QueuePlan> {
  const queue = (workClass: WorkClass): QueuePlan => ({
    name: `${team}-${workClass}`,
    localQueue: LOCAL_QUEUES[workClass],
    spec: clusterQueue(workClass, namespace, share),
  });
  return { cpu: queue("cpu"), gpu: queue("gpu") };
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
          resources: resourceQuotas(workClass, share.quota[pool.name] ?? NO_QUOTA, share),
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
  return workClass === "gpu" ? ["cpu", "memory", GPU_RESOURCE] : ["cpu", "memory"];
}

function resourceQuotas(workClass: WorkClass, quota: Quota, share: TeamShare): ResourceQuota[] {
  const amounts: Record<string, [amount: number, unit: string]> = {
    cpu: [quota.cpu, ""],
    memory: [quota.memory, "Gi"],
    [GPU_RESOURCE]: [quota.gpu, ""],
  };
  return coveredResources(workClass).map((name) => {
    const [nominal, unit] = amounts[name] ?? [0, ""];
    return {
      name,
      nominalQuota: quantity(nominal, unit),
      borrowingLimit: quantity(part(nominal, share.burst), unit),
      lendingLimit: quantity(part(nominal, share.lend), unit),
    };
  });
}

/** As the API server would write it back: an amount of nothing has no unit. */
const quantity = (amount: number, unit: string) => (amount === 0 ? "0" : `${amount}${unit}`);
const part = (amount: number, fraction = 1) => Math.floor(amount * fraction);

/** What one workload can get of a pool. */
export interface ReachableQuota {
  /** The team's own. */
  readonly nominal: Quota;
  /** On top of it: what the team may borrow, but never more than the others have to lend. */
  readonly borrowable: Quota;
}

/** The most one workload of `team` can ever get of a pool; a workload's pods of one kind stay within one pool. */
export function reachableQuota(
  team: string,
  pool: string,
  shares: Readonly<Record<string, TeamShare>>,
): ReachableQuota {
  const share = shares[team];
  const nominal = share?.quota[pool] ?? NO_QUOTA;
  const lent = Object.entries(shares)
    .filter(([other]) => other !== team)
    .map(([, { quota, lend }]) => scale(quota[pool] ?? NO_QUOTA, lend));
  const spare = lent.reduce(add, NO_QUOTA);
  const burst = scale(nominal, share?.burst);
  return {
    nominal,
    borrowable: {
      cpu: Math.min(spare.cpu, burst.cpu),
      memory: Math.min(spare.memory, burst.memory),
      gpu: Math.min(spare.gpu, burst.gpu),
    },
  };
}

const add = (a: Quota, b: Quota): Quota => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory, gpu: a.gpu + b.gpu });
const scale = (quota: Quota, fraction?: number): Quota => ({
  cpu: part(quota.cpu, fraction),
  memory: part(quota.memory, fraction),
  gpu: part(quota.gpu, fraction),
});
