import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type Bucket, type Cluster, type NodePool, POOLS, PodRole, planBucketPermissions } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import { type Availability, type ContainerSize, replicas, spreadOver } from "../system/index.ts";
import { PRIORITY_CLASSES } from "../workflow/index.ts";
import { SERVE_PORT, SERVING_ACCOUNT, SERVING_NAMESPACE } from "./constants.ts";
import {
  onPool,
  onSystemNodes,
  planAutoscaler,
  planFaultTolerance,
  planRayPod,
  RAY_VERSION,
  type Redis,
} from "./ray-pods.ts";

export interface RayServeSettings {
  /** Name of the RayService, of its application and its pods' label. Default: `inference`. */
  readonly name?: string | undefined;
  readonly availability: Availability;
  /** Image with Ray and the application in it. */
  readonly image: string;
  /** Ray's version in the image. Default: `RAY_VERSION`. */
  readonly rayVersion?: string | undefined;
  /** The application as Ray Serve finds it in the image, `module:variable`. */
  readonly importPath: string;
  /** Name of the application's deployment that answers requests, as its code says. */
  readonly deployment: string;
  /** On-demand pool of the workers. */
  readonly pool: "gpu" | "cpu" | "system";
  /** Replicas of the deployment: at least, at most. */
  readonly replicas: { readonly min: number; readonly max: number };
  /** What one replica gets. */
  readonly replica: { readonly cpu: number; readonly memoryGi: number; readonly gpu: number };
  /** Requests that one replica works on at a time when all is well; above, replicas are added. */
  readonly targetOngoingRequests: number;
  /** Default: none; losing the head stops scaling and deploying until a new cluster has taken over. */
  readonly redis?: Redis | undefined;
  /** Variables of the application. Default: none. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface RayServeArgs extends RayServeSettings {
  readonly cluster: Cluster;
  /** Where models are; read only, below `models/`. */
  readonly models?: { readonly bucket: Bucket; readonly prefix: string } | undefined;
}

/** The head runs no work: it holds what the cluster knows of itself, which grows with the cluster. */
const HEAD: Readonly<Record<Availability, ContainerSize>> = {
  high: { cpu: "1", memory: "4Gi" },
  single: { cpu: "500m", memory: "2Gi" },
};
const NAME = "inference";
/** Labels of the pods of a RayService, head and workers, and of its workers alone. */
export const servingPods = (name: string) => ({ "orch.dev/serving": name });
export const servingWorkers = (name: string) => ({ ...servingPods(name), "orch.dev/serving-role": "worker" });

/** What Ray Serve is told: the application, and when to have more of it. A replica is added well within 30 s of a need for it. */
export function planServeConfig(args: RayServeSettings): string {
  return stringify({
    proxy_location: "EveryNode",
    http_options: { host: "0.0.0.0", port: SERVE_PORT, request_timeout_s: 30 },
    applications: [
      {
        name: args.name ?? NAME,
        import_path: args.importPath,
        route_prefix: "/",
        deployments: [
          {
            name: args.deployment,
            autoscaling_config: {
              min_replicas: args.replicas.min,
              max_replicas: args.replicas.max,
              target_ongoing_requests: args.targetOngoingRequests,
              // Numbers every 5 s, the mean of 10 s, acted on after 5 s: 20 s from a burst to a new replica.
              metrics_interval_s: 5,
              look_back_period_s: 10,
              upscale_delay_s: 5,
              downscale_delay_s: 300,
            },
            max_ongoing_requests: args.targetOngoingRequests * 2,
            // Refused at once beats answered too late.
            max_queued_requests: args.targetOngoingRequests * 20,
            health_check_period_s: 5,
            health_check_timeout_s: 10,
            graceful_shutdown_timeout_s: 20,
            ray_actor_options: { num_cpus: args.replica.cpu, num_gpus: args.replica.gpu },
          },
        ],
      },
    ],
  });
}

/**
 * Spec of the RayService. An upgrade brings a second cluster up beside the first, and traffic moves when that one is healthy.
 * The head answers no requests and runs no replica, so that its loss is not theirs.
 */
export function planRayService(args: RayServeSettings) {
  const pool: NodePool = POOLS.find(({ name }) => name === args.pool) ?? POOLS[0];
  const priorityClassName = PRIORITY_CLASSES.critical.name;
  const name = args.name ?? NAME;
  const labels = (role: "head" | "worker") => ({ ...MANAGED_BY, ...servingPods(name), "orch.dev/serving-role": role });
  const workers = replicas(args.availability);
  return {
    excludeHeadPodFromServeSvc: true,
    upgradeStrategy: { type: "NewCluster" },
    serveConfigV2: planServeConfig(args),
    rayClusterConfig: {
      rayVersion: args.rayVersion ?? RAY_VERSION,
      enableInTreeAutoscaling: true,
      autoscalerOptions: planAutoscaler(300),
      ...planFaultTolerance(args.redis, `${SERVING_NAMESPACE}-${name}`),
      headGroupSpec: {
        rayStartParams: { "num-cpus": "0", "dashboard-host": "0.0.0.0" },
        template: {
          metadata: { labels: labels("head") },
          spec: planRayPod(
            { name: "ray-head", image: args.image, ...HEAD[args.availability], env: args.env },
            { ...onSystemNodes, priorityClassName, serviceAccountName: SERVING_ACCOUNT },
          ),
        },
      },
      workerGroupSpecs: [
        {
          groupName: name,
          replicas: workers,
          minReplicas: workers,
          // A worker holds one replica: what is added and lost is as small as it can be.
          maxReplicas: Math.max(workers, args.replicas.max),
          rayStartParams: {},
          template: {
            metadata: { labels: labels("worker") },
            spec: planRayPod(
              {
                name: "ray-worker",
                image: args.image,
                cpu: String(args.replica.cpu),
                memory: `${args.replica.memoryGi}Gi`,
                gpu: args.replica.gpu,
                env: args.env,
                ports: [{ name: "serve", containerPort: SERVE_PORT }],
              },
              {
                ...onPool(pool),
                priorityClassName,
                serviceAccountName: SERVING_ACCOUNT,
                topologySpreadConstraints: spreadOver(servingWorkers(name)),
              },
            ),
          },
        },
      ],
    },
  };
}

/** The inference gateway: HTTP at `inference-serve-svc.serving.svc:8000`, on nodes that do not vanish. */
export class RayServe extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  /** @param args its namespace is `SERVING_NAMESPACE`: depend on it, and on the operator */
  constructor(name: string, args: RayServeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:RayServe", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const labels = { ...MANAGED_BY, ...servingPods(NAME) };
    // The operator gives the head's account what the autoscaler needs, and leaves making the account to us.
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { name: SERVING_ACCOUNT, namespace: SERVING_NAMESPACE, labels } },
      child,
    );
    const budget = new k8s.policy.v1.PodDisruptionBudget(
      `${name}-budget`,
      {
        metadata: { name: NAME, namespace: SERVING_NAMESPACE, labels },
        spec: { maxUnavailable: 1, selector: { matchLabels: servingWorkers(NAME) } },
      },
      child,
    );
    const service = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "ray.io/v1",
        kind: "RayService",
        metadata: { name: NAME, namespace: SERVING_NAMESPACE, labels },
        spec: planRayService(args),
      },
      { ...child, dependsOn: [account, budget, ...this.role(name, args)] },
    );
    this.ready = [service];
    this.registerOutputs({ image: args.image });
  }

  private role(name: string, { cluster: { aws }, models }: RayServeArgs): pulumi.Resource[] {
    if (aws === undefined || models === undefined) return [];
    const below = [models.prefix, "models/"].filter(Boolean).join("/");
    return new PodRole(
      name,
      {
        aws,
        namespace: SERVING_NAMESPACE,
        serviceAccount: SERVING_ACCOUNT,
        permissions: planBucketPermissions(models.bucket, { read: [below] }),
      },
      { parent: this },
    ).ready;
  }
}
