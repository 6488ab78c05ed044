import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, type NodePool, POOLS } from "../cluster/index.ts";
import { MANAGED_BY, TEAM_LABEL } from "../security/index.ts";
import { LOCAL_QUEUES } from "../workflow/constants.ts";
import {
  onPool,
  planAutoscaler,
  planFaultTolerance,
  planRayPod,
  RAY_IMAGE,
  RAY_VERSION,
  type Redis,
} from "./ray-pods.ts";

export interface RayClusterSettings {
  /** Whose quota it lives on. */
  readonly team: string;
  /** Namespace of the team. */
  readonly namespace: string;
  /** Pool of the workers. */
  readonly pool: "gpu" | "gpu_spot";
  /** Image of head and workers; Ray's version in it must be `rayVersion`. Default: `RAY_IMAGE`. */
  readonly image?: string | undefined;
  /** Default: `RAY_VERSION`. */
  readonly rayVersion?: string | undefined;
  /** Workers at first, at least, at most. A worker has one GPU, 8 cores, 32 GiB. */
  readonly workers: { readonly replicas: number; readonly min: number; readonly max: number };
  /** Seconds without work after which a worker goes. */
  readonly idleSeconds: number;
  /** Default: none; losing the head loses the cluster's work. */
  readonly redis?: Redis | undefined;
}

const HEAD_POOL: NodePool = POOLS[0];

export interface RayClusterArgs extends RayClusterSettings {
  readonly cluster: Pick<Cluster, "provider">;
}

/**
 * Spec of the cluster. Kueue admits its pods one by one, by the queue's label on them: a cluster that grows and shrinks is not
 * one workload of a fixed size, and each new worker waits until the team's quota has room for it.
 */
export function planRayCluster(args: RayClusterSettings) {
  const pool = POOLS.find(({ name }) => name === args.pool);
  if (pool === undefined) throw new Error(`there is no pool ${args.pool}`);
  const image = args.image ?? RAY_IMAGE;
  const labels = (queue: string) => ({
    ...MANAGED_BY,
    [TEAM_LABEL]: args.team,
    team: args.team,
    "kueue.x-k8s.io/queue-name": queue,
  });
  return {
    rayVersion: args.rayVersion ?? RAY_VERSION,
    enableInTreeAutoscaling: true,
    autoscalerOptions: planAutoscaler(args.idleSeconds),
    ...planFaultTolerance(args.redis, `${args.namespace}-ray-gpu`),
    headGroupSpec: {
      // No work on the head: what it runs is lost with it.
      rayStartParams: { "num-cpus": "0", "dashboard-host": "0.0.0.0" },
      template: {
        metadata: { labels: labels(LOCAL_QUEUES.cpu) },
        // Beside CPU work and never on spot: a GPU node that stays for its head costs a hundred times what the head needs.
        spec: planRayPod({ name: "ray-head", image, cpu: "4", memory: "8Gi" }, onPool(HEAD_POOL)),
      },
    },
    workerGroupSpecs: [
      {
        groupName: "gpu",
        replicas: args.workers.replicas,
        minReplicas: args.workers.min,
        maxReplicas: args.workers.max,
        rayStartParams: {},
        template: {
          metadata: { labels: labels(LOCAL_QUEUES.gpu) },
          spec: planRayPod({ name: "ray-worker", image, cpu: "8", memory: "32Gi", gpu: 1 }, onPool(pool)),
        },
      },
    ],
  };
}

/** The long-lived cluster `ray-gpu` for work at a prompt; DAGs make a cluster for each of their ray_jobs. */
export class RayCluster extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: RayClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:RayCluster", name, {}, opts);
    const cluster = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "ray.io/v1",
        kind: "RayCluster",
        metadata: { name, namespace: args.namespace, labels: { ...MANAGED_BY, [TEAM_LABEL]: args.team } },
        spec: planRayCluster(args),
      },
      {
        parent: this,
        provider: args.cluster.provider,
        // The autoscaler's decisions, not ours, after the first time.
        ignoreChanges: ["spec.workerGroupSpecs[*].replicas"],
      },
    );
    this.ready = [cluster];
    this.registerOutputs({ namespace: args.namespace });
  }
}
