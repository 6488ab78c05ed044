import {
  ACCELERATOR_LABEL,
  CAPACITY_LABEL,
  CLASS_LABEL,
  EKS_CAPACITY_LABEL,
  GPU_RESOURCE,
  GPU_TAINT,
  INSTANCE_TYPE_LABEL,
  MIG_CONFIG_LABEL,
  POOL_LABEL,
  REGION_LABEL,
  SPOT_TAINT,
  sliceResource,
  type Taint,
  ZONE_LABEL,
} from "./constants.ts";

/** What one machine is, before the operating system takes its share. */
export interface Shape {
  /** EC2 types of equal vCPU, memory and GPUs: Cluster Autoscaler models a mixed group by its first type. */
  readonly instanceTypes: readonly [string, ...string[]];
  /** vCPUs. */
  readonly cpu: number;
  /** GiB. */
  readonly memory: number;
  /** Whole GPUs. */
  readonly gpu: number;
  /** What all of its GPUs are cut into when it boots; nobody can then ask for a whole one. Default: they stay whole. */
  readonly cut?: GpuCut;
  /** Pods a node takes: the VPC CNI's limit for the type. */
  readonly pods: number;
  /**
   * Value of `k8s.amazonaws.com/accelerator`, for shapes with whole GPUs. A node with that label and no `nvidia.com/gpu` is one whose
   * driver has not come up yet to Cluster Autoscaler, for ever: so shapes that are cut have none.
   */
  readonly accelerator?: string;
  /**
   * The same machine with another accelerator, for when spot has run out of the first. It gets node groups of its own, because
   * a group has one label to tell its accelerator by: work that needs the one can then say so.
   */
  readonly substitute?: { readonly instanceTypes: readonly [string, ...string[]]; readonly accelerator: string };
}

/** Equal slices of a GPU (MIG), each with compute and memory of its own. */
export interface GpuCut {
  /** As NVIDIA calls it: sevenths of the compute, and GB of memory. */
  readonly slice: string;
  /** Slices of each GPU. */
  readonly perGpu: number;
}

export type PoolClass = "cpu" | "gpu" | "gpu-slice" | "system";
export type Capacity = "spot" | "on-demand";

/** One kind of node: what it is bought as, what runs there. */
export interface NodePool {
  /** As `affinity.compute_pool` writes it, e.g. `gpu_spot`. */
  readonly name: string;
  readonly class: PoolClass;
  readonly capacity: Capacity;
  readonly shape: Shape;
}

const general: Shape = {
  instanceTypes: ["m6i.8xlarge", "m6a.8xlarge", "m7i.8xlarge", "m7a.8xlarge"],
  cpu: 32,
  memory: 128,
  gpu: 0,
  pods: 234,
};
const fourGpus: Shape = {
  instanceTypes: ["g5.12xlarge"],
  cpu: 48,
  memory: 192,
  gpu: 4,
  pods: 234,
  accelerator: "nvidia-a10g",
  // L4: the same 24 GB and generation of software, half the memory bandwidth; slower, but there.
  substitute: { instanceTypes: ["g6.12xlarge"], accelerator: "nvidia-l4" },
};
const sliced: Shape = {
  // A100 with 80 GB. What is smaller and on demand everywhere (A10G, L4) cannot be cut.
  instanceTypes: ["p4de.24xlarge"],
  cpu: 96,
  memory: 1152,
  gpu: 8,
  cut: { slice: "1g.10gb", perGpu: 7 },
  pods: 737,
};
const small: Shape = {
  instanceTypes: ["m6i.xlarge", "m6a.xlarge", "m7i.xlarge"],
  cpu: 4,
  memory: 16,
  gpu: 0,
  pods: 58,
};

/** Every pool of the platform. Names are stable: DAGs refer to them. */
export const POOLS = [
  { name: "cpu", class: "cpu", capacity: "on-demand", shape: general },
  { name: "cpu_spot", class: "cpu", capacity: "spot", shape: general },
  { name: "gpu", class: "gpu", capacity: "on-demand", shape: fourGpus },
  { name: "gpu_spot", class: "gpu", capacity: "spot", shape: fourGpus },
  { name: "gpu_slices", class: "gpu-slice", capacity: "on-demand", shape: sliced },
  { name: "system", class: "system", capacity: "on-demand", shape: small },
] as const satisfies readonly NodePool[];

export type PoolName = (typeof POOLS)[number]["name"];
export const POOL_NAMES: readonly PoolName[] = POOLS.map((pool) => pool.name);

/** Pools that an environment need not have. */
export const OPTIONAL_POOLS = ["gpu_slices"] as const satisfies readonly PoolName[];
/** Something of each pool; of the optional ones where there are any. */
export type PerPool<T> = Readonly<
  Record<Exclude<PoolName, (typeof OPTIONAL_POOLS)[number]>, T> & Partial<Record<(typeof OPTIONAL_POOLS)[number], T>>
>;

/** Pools that run submitted work; `system` runs the platform itself. */
export const WORK_POOLS: readonly NodePool[] = POOLS.filter((pool) => pool.class !== "system");

/** Those of them that an environment has. */
export const workPools = (has: PerPool<unknown>): readonly NodePool[] =>
  WORK_POOLS.filter(({ name }) => has[name as PoolName] !== undefined);

/** What a pod asks for to get a GPU of a shape, or a slice of one, and how many of them a node has. */
export function devicesOf({ gpu, cut }: Shape): { readonly resource: string; readonly count: number } {
  return cut === undefined
    ? { resource: GPU_RESOURCE, count: gpu }
    : { resource: sliceResource(cut.slice), count: gpu * cut.perGpu };
}

/** Of all pools: `nvidia.com/gpu`, and the slices there are. */
export const deviceResources = (): string[] => [
  ...new Set(POOLS.filter(({ shape }: NodePool) => shape.gpu > 0).map(({ shape }) => devicesOf(shape).resource)),
];

/** The layout of a cut, as NVIDIA's tools call it. */
export const migConfig = ({ slice }: GpuCut) => `all-${slice}`;

/** The Kueue flavor of a pool's class and capacity, e.g. `gpu-spot`. */
export const flavorName = (pool: Pick<NodePool, "class" | "capacity">): string => `${pool.class}-${pool.capacity}`;

/** Labels we put on a pool's nodes; EKS adds those of its own prefix itself, so they are not here. */
export function poolLabels(pool: NodePool): Record<string, string> {
  return {
    [POOL_LABEL]: pool.name,
    [CLASS_LABEL]: pool.class,
    [CAPACITY_LABEL]: pool.capacity,
    ...(pool.shape.accelerator === undefined ? {} : { [ACCELERATOR_LABEL]: pool.shape.accelerator }),
    ...(pool.shape.cut === undefined ? {} : { [MIG_CONFIG_LABEL]: migConfig(pool.shape.cut) }),
  };
}

export function poolTaints(pool: NodePool): Taint[] {
  return [...(pool.capacity === "spot" ? [SPOT_TAINT] : []), ...(pool.shape.gpu > 0 ? [GPU_TAINT] : [])];
}

export interface Toleration {
  readonly key: string;
  readonly operator: "Equal";
  readonly value: string;
  readonly effect: Taint["effect"];
}

/** Tolerations that let a pod onto the pool's nodes. */
export const poolTolerations = (pool: NodePool): Toleration[] =>
  poolTaints(pool).map(({ key, value, effect }) => ({ key, operator: "Equal", value, effect }));

/** What one pod may ask for at most. */
export interface Allocatable {
  /** Millicores. */
  readonly cpuMillis: number;
  /** GiB, rounded down. */
  readonly memoryGi: number;
  /** GPUs, or slices where they are cut. */
  readonly gpu: number;
  readonly pods: number;
}

/** Share of the advertised memory that the hypervisor keeps; Karpenter's default estimate. */
const VM_MEMORY_OVERHEAD = 0.075;
/** MiB: kubelet's hard eviction threshold on EKS AMIs. */
const EVICTION_THRESHOLD = 100;

/** Allocatable of a shape after the reservations EKS AMIs make (per core, and 11 MiB per pod). */
export function allocatable(shape: Shape): Allocatable {
  const reservedCpu = [...Array(shape.cpu).keys()].reduce((sum, core) => sum + reservedMillis(core), 0);
  const reservedMemory = 255 + 11 * shape.pods + EVICTION_THRESHOLD;
  const memoryMi = shape.memory * 1024 * (1 - VM_MEMORY_OVERHEAD) - reservedMemory;
  return {
    cpuMillis: Math.floor(shape.cpu * 1000 - reservedCpu),
    memoryGi: Math.floor(memoryMi / 1024),
    gpu: devicesOf(shape).count,
    pods: shape.pods,
  };
}

/** Millicores the kubelet keeps of the n-th core (from 0): 6 % of the first, 1 % of the next, 0.5 % of two, 0.25 % of the rest. */
function reservedMillis(core: number): number {
  if (core === 0) return 60;
  if (core === 1) return 10;
  return core < 4 ? 5 : 2.5;
}

/** Nodes of each pool in the embedded environment. */
export type LocalNodeCounts = PerPool<number>;

/** Enough for the 1,000-node examples, few enough that their heartbeats cost nothing. */
export const LOCAL_NODE_COUNTS: LocalNodeCounts = {
  cpu: 10,
  cpu_spot: 20,
  gpu: 4,
  gpu_spot: 8,
  gpu_slices: 2,
  system: 3,
};

export const LOCAL_REGION = "us-east-1";
export const LOCAL_ZONES: readonly string[] = ["us-east-1a", "us-east-1b", "us-east-1c"];

/** A node as the API server should show it. */
export interface LocalNode {
  readonly name: string;
  readonly pool: PoolName;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Kubernetes quantities, ready for `status.capacity`. */
  readonly capacity: Readonly<Record<string, string>>;
  /** Kubernetes quantities, ready for `status.allocatable`. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/** The simulated nodes of the embedded environment: labels, taints and sizes as EKS would give them, spread over the zones. */
export function planLocalNodes(counts: LocalNodeCounts = LOCAL_NODE_COUNTS): LocalNode[] {
  return POOLS.flatMap((pool: NodePool & { name: PoolName }) =>
    [...Array(counts[pool.name] ?? 0).keys()].map((index) => localNode(pool, index)),
  );
}

function localNode(pool: NodePool & { name: PoolName }, index: number): LocalNode {
  const name = `${pool.name.replaceAll("_", "-")}-${index}`;
  const zone = LOCAL_ZONES[index % LOCAL_ZONES.length] ?? LOCAL_REGION;
  const { shape } = pool;
  const free = allocatable(shape);
  const { resource, count } = devicesOf(shape);
  const gpu: Record<string, string> = count > 0 ? { [resource]: String(count) } : {};
  return {
    name,
    pool: pool.name,
    labels: {
      ...poolLabels(pool),
      [EKS_CAPACITY_LABEL]: pool.capacity === "spot" ? "SPOT" : "ON_DEMAND",
      [INSTANCE_TYPE_LABEL]: shape.instanceTypes[0],
      [REGION_LABEL]: LOCAL_REGION,
      [ZONE_LABEL]: zone,
      "kubernetes.io/arch": "amd64",
      "kubernetes.io/os": "linux",
      "kubernetes.io/hostname": name,
    },
    taints: poolTaints(pool),
    capacity: { cpu: String(shape.cpu), memory: `${shape.memory}Gi`, pods: String(shape.pods), ...gpu },
    allocatable: {
      cpu: `${free.cpuMillis}m`,
      memory: `${free.memoryGi}Gi`,
      pods: String(free.pods),
      ...gpu,
    },
  };
}
