import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GPU_RESOURCE, type Taint } from "./constants.ts";
import { cutGpus } from "./gpu-cut.ts";
import type { ZoneSubnet } from "./network.ts";
import {
  devicesOf,
  type GpuCut,
  type NodePool,
  type PerPool,
  POOLS,
  type PoolName,
  poolLabels,
  poolTaints,
} from "./pools.ts";

/** Machines that are booted already and wait stopped or running; they join in a fraction of the time. On-demand pools only. */
export interface WarmPool {
  /** How many wait in each zone. */
  readonly min: number;
  /** `stopped` costs the disk, `running` the machine. Default: `stopped`. */
  readonly state?: "stopped" | "running";
}

/** Nodes of a pool, over all zones. */
export interface PoolSize {
  readonly min: number;
  readonly max: number;
  /** Default: none. */
  readonly warm?: WarmPool;
}
export type PoolSizes = PerPool<PoolSize>;

/** One managed node group: a pool in one zone, so that the autoscaler can add a node where a volume or dataset is. */
export interface NodeGroupPlan {
  readonly name: string;
  readonly pool: NodePool;
  readonly zone: string;
  readonly min: number;
  readonly max: number;
  readonly warm?: WarmPool;
  readonly amiType: "AL2023_x86_64_STANDARD" | "AL2023_x86_64_NVIDIA";
  readonly capacityType: "SPOT" | "ON_DEMAND";
  readonly instanceTypes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** What Cluster Autoscaler must know to scale the group from zero. */
  readonly autoscalerTags: Readonly<Record<string, string>>;
}

export function planNodeGroups(clusterName: string, sizes: PoolSizes, zones: readonly string[]): NodeGroupPlan[] {
  return POOLS.flatMap((pool: NodePool & { name: PoolName }) => {
    const size = sizes[pool.name];
    if (size === undefined) return [];
    return zones.flatMap((zone, index) => {
      const share = { min: shareOf(size.min, zones.length, index), max: shareOf(size.max, zones.length, index) };
      return variants(pool).map(({ prefix, variant, standby }) =>
        planGroup(clusterName, `${prefix}-${zone}`, variant, zone, {
          ...share,
          ...(standby ? { min: 0 } : {}),
          warm: size.warm,
        }),
      );
    });
  }).filter(({ max }) => max > 0);
}

/**
 * A pool's kinds of node group: its own, and for spot the substitute, which may grow as far: quota bounds the pool, and a
 * stock-out must not halve it.
 */
function variants(pool: NodePool): { prefix: string; variant: NodePool; standby: boolean }[] {
  const prefix = pool.name.replaceAll("_", "-");
  const { substitute } = pool.shape;
  const own = { prefix, variant: pool, standby: false };
  if (pool.capacity !== "spot" || substitute === undefined) return [own];
  const suffix = substitute.accelerator.replace("nvidia-", "");
  return [
    own,
    { prefix: `${prefix}-${suffix}`, variant: { ...pool, shape: { ...pool.shape, ...substitute } }, standby: true },
  ];
}

function planGroup(clusterName: string, name: string, pool: NodePool, zone: string, size: PoolSize): NodeGroupPlan {
  return {
    name,
    pool,
    zone,
    ...size,
    amiType: pool.shape.gpu > 0 ? "AL2023_x86_64_NVIDIA" : "AL2023_x86_64_STANDARD",
    capacityType: pool.capacity === "spot" ? "SPOT" : "ON_DEMAND",
    // On-demand gets what it asks for; spot lives from having a choice.
    instanceTypes: pool.capacity === "spot" ? pool.shape.instanceTypes : pool.shape.instanceTypes.slice(0, 1),
    labels: poolLabels(pool),
    taints: poolTaints(pool),
    autoscalerTags: autoscalerTags(clusterName, pool),
  };
}

/**
 * How much the autoscaler prefers the Auto Scaling groups whose names match, highest first: spot, its substitute, on-demand.
 * EKS names the groups `eks-<node group>-<random>`.
 */
export function planPriorities(): Record<number, string[]> {
  const spot = POOLS.filter(({ capacity }) => capacity === "spot").flatMap((pool: NodePool) => variants(pool));
  const pattern = ({ prefix }: { prefix: string }) => `^eks-${prefix}-[a-z]{2}(-[a-z]+)+-\\d[a-z]-.*`;
  return {
    30: spot.filter(({ standby }) => !standby).map(pattern),
    20: spot.filter(({ standby }) => standby).map(pattern),
    10: [".*"],
  };
}

/** The `index`-th of `parts` shares of a number of nodes: they differ by one at most and add up to it. */
export function shareOf(nodes: number, parts: number, index: number): number {
  return Math.floor(nodes / parts) + (index < nodes % parts ? 1 : 0);
}

function autoscalerTags(clusterName: string, pool: NodePool): Record<string, string> {
  const template = "k8s.io/cluster-autoscaler/node-template";
  return {
    "k8s.io/cluster-autoscaler/enabled": "true",
    [`k8s.io/cluster-autoscaler/${clusterName}`]: "owned",
    ...Object.fromEntries(Object.entries(poolLabels(pool)).map(([key, value]) => [`${template}/label/${key}`, value])),
    ...Object.fromEntries(
      poolTaints(pool).map(({ key, value, effect }) => [`${template}/taint/${key}`, `${value}:${effect}`]),
    ),
    ...Object.fromEntries(
      deviceTags(pool).map(([resource, count]) => [`${template}/resources/${resource}`, String(count)]),
    ),
  };
}

/** Where GPUs are cut, that there are no whole ones: by the machine's type alone the autoscaler would count those. */
function deviceTags({ shape }: NodePool): [resource: string, count: number][] {
  if (shape.gpu === 0) return [];
  const { resource, count } = devicesOf(shape);
  return shape.cut === undefined
    ? [[resource, count]]
    : [
        [resource, count],
        [GPU_RESOURCE, 0],
      ];
}

const TAINT_EFFECTS = {
  NoSchedule: "NO_SCHEDULE",
  NoExecute: "NO_EXECUTE",
  PreferNoSchedule: "PREFER_NO_SCHEDULE",
} as const satisfies Record<Taint["effect"], string>;

export interface NodeGroupsArgs {
  readonly provider: aws.Provider;
  readonly cluster: aws.eks.Cluster;
  readonly clusterName: string;
  /** Kubernetes minor version; nodes follow the control plane when it changes. */
  readonly version: string;
  readonly nodeRoleArn: pulumi.Input<string>;
  readonly subnets: readonly ZoneSubnet[];
  readonly sizes: PoolSizes;
}

/** Every pool's nodes. */
export class NodeGroups extends pulumi.ComponentResource {
  readonly groups: readonly aws.eks.NodeGroup[];

  constructor(name: string, args: NodeGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:NodeGroups", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    const zones = args.subnets.map(({ zone }) => zone);
    const whole = launchTemplate(name, args.clusterName, undefined, child);
    const templates = new Map<string, aws.ec2.LaunchTemplate>();
    const templateOf = ({ shape: { cut } }: NodePool) => {
      if (cut === undefined) return whole;
      const made = templates.get(cut.slice) ?? launchTemplate(`${name}-${cut.slice}`, args.clusterName, cut, child);
      templates.set(cut.slice, made);
      return made;
    };

    this.groups = planNodeGroups(args.clusterName, args.sizes, zones).map((plan) => {
      const template = templateOf(plan.pool);
      const subnet = args.subnets.find(({ zone }) => zone === plan.zone);
      const group = new aws.eks.NodeGroup(
        `${name}-${plan.name}`,
        {
          clusterName: args.cluster.name,
          version: args.version,
          nodeGroupNamePrefix: `${plan.name}-`,
          nodeRoleArn: args.nodeRoleArn,
          subnetIds: subnet === undefined ? [] : [subnet.id],
          amiType: plan.amiType,
          capacityType: plan.capacityType,
          instanceTypes: [...plan.instanceTypes],
          labels: { ...plan.labels },
          taints: plan.taints.map(({ key, value, effect }) => ({ key, value, effect: TAINT_EFFECTS[effect] })),
          scalingConfig: { minSize: plan.min, maxSize: plan.max, desiredSize: plan.min },
          updateConfig: { maxUnavailablePercentage: 33 },
          nodeRepairConfig: { enabled: true },
          warmPoolConfig: warmPool(plan),
          launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
          tags: { "orch.dev/pool": plan.pool.name },
        },
        // The autoscaler moves it; taking it back on every `up` would fight it.
        { ...child, ignoreChanges: ["scalingConfig.desiredSize"] },
      );
      // Tags of a managed node group do not reach its Auto Scaling group, which is where the autoscaler looks.
      const asg = group.resources.apply((resources) => resources[0]?.autoscalingGroups?.[0]?.name ?? "");
      for (const [key, value] of Object.entries(plan.autoscalerTags)) {
        new aws.autoscaling.Tag(
          `${name}-${plan.name}-${key}`,
          { autoscalingGroupName: asg, tag: { key, value, propagateAtLaunch: false } },
          child,
        );
      }
      return group;
    });
    this.registerOutputs({ groups: this.groups.map((group) => group.nodeGroupName) });
  }
}

/** Machines that scale in go back to the pool: their images are pulled already. */
function warmPool({ warm, max }: NodeGroupPlan) {
  if (warm === undefined) return undefined;
  const poolState = warm.state === "running" ? "RUNNING" : "STOPPED";
  return { minSize: warm.min, maxGroupPreparedCapacity: max, poolState, reuseOnScaleIn: true };
}

/**
 * Encrypted disks, instance metadata that pods cannot reach, and machines and disks that the bill can be split by.
 *
 * @param cut what the machine's GPUs are cut into before it joins
 */
function launchTemplate(
  name: string,
  cluster: string,
  cut: GpuCut | undefined,
  child: pulumi.CustomResourceOptions,
): aws.ec2.LaunchTemplate {
  return new aws.ec2.LaunchTemplate(
    name,
    {
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeSize: 100, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({
        resourceType,
        tags: { Name: cluster, "orch.dev/cluster": cluster },
      })),
      ...(cut === undefined ? {} : { userData: Buffer.from(cutGpus(cut)).toString("base64") }),
      updateDefaultVersion: true,
    },
    child,
  );
}
