import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MANAGED_BY } from "../security/constants.ts";
import { CONTAINER_SECURITY, POD_SECURITY, spreadOver } from "../system/index.ts";
import type { Cluster } from "./cluster.ts";
import { BALLOON_NAMESPACE, BALLOON_PRIORITY, GPU_RESOURCE, POOL_LABEL } from "./constants.ts";
import { allocatable, type NodePool, poolTolerations, WORK_POOLS } from "./pools.ts";

/** Room that is kept free in a pool: pods that do nothing and give way to any job. */
export interface Balloon {
  readonly pods: number;
  /** Cores of each. */
  readonly cpu: number;
  /** GiB of each. */
  readonly memory: number;
  /** GPUs of each. Default: 0. */
  readonly gpu?: number;
}
/** By name of the pool. */
export type BalloonSizes = Readonly<Partial<Record<string, Balloon>>>;

/** Sleeps until it is told to stop. */
export const PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1";
const PRIORITY_CLASS = "orch-balloon";

export interface BalloonsArgs {
  readonly cluster: Cluster;
  readonly sizes: BalloonSizes;
  /** Image of the pods; with a digest where images must have one. Default: `PAUSE_IMAGE`. */
  readonly image?: string;
  /** Where they live; depend on it. Default: `BALLOON_NAMESPACE`. */
  readonly namespace?: string;
}

/** Why a pool cannot have this balloon; `undefined`: it can. */
export function balloonProblem(pool: NodePool, { pods, cpu, memory, gpu = 0 }: Balloon, maxNodes: number) {
  const free = allocatable(pool.shape);
  const node = { cpu: free.cpuMillis / 1000, memory: free.memoryGi, gpu: free.gpu };
  if (cpu > node.cpu || memory > node.memory || gpu > node.gpu) {
    const has = `${node.cpu}, ${node.memory} and ${node.gpu}`;
    return `a pod of ${cpu} cores, ${memory} GiB and ${gpu} GPUs fits no node of ${pool.name}, which has ${has}`;
  }
  if (pool.class === "gpu" && gpu === 0) return `a pod without a GPU keeps none free in ${pool.name}`;
  const perNode = Math.min(
    Math.floor(node.cpu / cpu),
    Math.floor(node.memory / memory),
    gpu === 0 ? Number.POSITIVE_INFINITY : Math.floor(node.gpu / gpu),
  );
  return pods > perNode * maxNodes
    ? `${pods} pods do not fit into the ${maxNodes} nodes that ${pool.name} may have: ${perNode} to a node`
    : undefined;
}

/** Spec of the Deployment that fills a pool's balloon. */
export function planBalloon(pool: NodePool, { pods, cpu, memory, gpu = 0 }: Balloon, image = PAUSE_IMAGE) {
  const labels = { "app.kubernetes.io/name": "balloon", [POOL_LABEL]: pool.name };
  const size = {
    cpu: `${Math.round(cpu * 1000)}m`,
    memory: `${Math.round(memory * 1024)}Mi`,
    ...(gpu > 0 ? { [GPU_RESOURCE]: String(gpu) } : {}),
  };
  return {
    replicas: pods,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" } },
      spec: {
        priorityClassName: PRIORITY_CLASS,
        // It has nothing to finish.
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        nodeSelector: { [POOL_LABEL]: pool.name },
        tolerations: poolTolerations(pool),
        topologySpreadConstraints: spreadOver(labels),
        securityContext: { ...POD_SECURITY, runAsUser: 65535 },
        containers: [
          {
            name: "balloon",
            image,
            resources: { requests: size, limits: size },
            securityContext: { ...CONTAINER_SECURITY, capabilities: { drop: ["ALL"] } },
          },
        ],
      },
    },
  };
}

/**
 * Capacity ahead of demand. A job that needs the room preempts a balloon and starts at once; the balloon then waits, the
 * autoscaler adds a node for it, and the room is there for the next.
 */
export class Balloons extends pulumi.ComponentResource {
  constructor(name: string, args: BalloonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:Balloons", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const namespace = args.namespace ?? BALLOON_NAMESPACE;
    const priority = new k8s.scheduling.v1.PriorityClass(
      PRIORITY_CLASS,
      {
        metadata: { name: PRIORITY_CLASS, labels: { ...MANAGED_BY } },
        value: BALLOON_PRIORITY,
        description: "Room kept free: gives way to everything.",
        globalDefault: false,
        preemptionPolicy: "Never",
      },
      child,
    );
    for (const pool of WORK_POOLS) {
      const size = args.sizes[pool.name];
      if (size === undefined || size.pods === 0) continue;
      const deployment = `balloon-${pool.name.replaceAll("_", "-")}`;
      new k8s.apps.v1.Deployment(
        deployment,
        {
          metadata: {
            name: deployment,
            namespace,
            labels: { ...MANAGED_BY },
            // They may wait for a node for as long as there is none to be had.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: planBalloon(pool, size, args.image),
        },
        { ...child, dependsOn: [priority] },
      );
    }
    this.registerOutputs({ pools: Object.keys(args.sizes) });
  }
}
