import type * as k8s from "@pulumi/kubernetes";
import { type NodePool, POOL_LABEL, poolTolerations } from "../cluster/index.ts";
import { CONTAINER_SECURITY, type ContainerSize, ON_SYSTEM_NODES, POD_SECURITY, resources } from "../system/index.ts";

/** The version that the pinned operator is tested with. Its images run as user 1000. */
export const RAY_VERSION = "2.52.0";
export const RAY_IMAGE = `docker.io/rayproject/ray:${RAY_VERSION}-gpu`;
const RAY_USER = 1000;

export interface RayContainer extends ContainerSize {
  /** `ray-head` or `ray-worker`. */
  readonly name: string;
  readonly image: string;
  /** Whole GPUs. Default: 0. */
  readonly gpu?: number;
  readonly ports?: readonly k8s.types.input.core.v1.ContainerPort[];
  /** Variables besides `HOME`. Default: none. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A pod of Ray's: it writes to `/tmp` and nowhere else; the operator adds what starts Ray, and the shared memory. */
export function planRayPod(
  container: RayContainer,
  placement: Pick<
    k8s.types.input.core.v1.PodSpec,
    "nodeSelector" | "tolerations" | "topologySpreadConstraints" | "priorityClassName" | "serviceAccountName"
  >,
) {
  const size = resources(container);
  const gpus = container.gpu === undefined || container.gpu === 0 ? {} : { "nvidia.com/gpu": String(container.gpu) };
  return {
    ...placement,
    securityContext: { ...POD_SECURITY, runAsUser: RAY_USER, runAsGroup: RAY_USER, fsGroup: RAY_USER },
    containers: [
      {
        name: container.name,
        image: container.image,
        resources: { requests: { ...size.requests, ...gpus }, limits: { ...size.limits, ...gpus } },
        ...(container.ports === undefined ? {} : { ports: [...container.ports] }),
        env: Object.entries({ HOME: "/tmp", ...container.env }).map(([name, value]) => ({ name, value })),
        securityContext: CONTAINER_SECURITY,
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "50Gi" } }],
  };
}

/** Where the pods of a pool's cluster go. */
export const onPool = (pool: NodePool) => ({
  nodeSelector: { [POOL_LABEL]: pool.name },
  tolerations: poolTolerations(pool),
});

/** Where heads go: they run no work and must not vanish. */
export const onSystemNodes = { nodeSelector: { ...ON_SYSTEM_NODES } };

/** Ray's own autoscaler beside the head: it asks the operator for workers and gives idle ones back. */
export const planAutoscaler = (idleSeconds: number) => ({
  version: "v2",
  upscalingMode: "Default",
  idleTimeoutSeconds: idleSeconds,
  resources: resources({ cpu: "200m", memory: "512Mi" }),
  securityContext: CONTAINER_SECURITY,
});

/** Where a cluster's head keeps what must outlive it. */
export interface Redis {
  /** `host:port`. */
  readonly address: string;
  /** Secret with key `password` in the cluster's namespace. Default: Redis asks for none. */
  readonly secretName?: string | undefined;
}

/** With it, workers and their work outlive the loss of the head; without, the cluster starts again. */
export const planFaultTolerance = (redis: Redis | undefined, storageNamespace: string) =>
  redis === undefined
    ? {}
    : {
        gcsFaultToleranceOptions: {
          redisAddress: redis.address,
          externalStorageNamespace: storageNamespace,
          ...(redis.secretName === undefined
            ? {}
            : { redisPassword: { valueFrom: { secretKeyRef: { name: redis.secretName, key: "password" } } } }),
        },
      };
