import type { Kind, Priority, Qos } from "./model.ts";

/** What holds when a document does not say; the only place where defaults are written. */
export const DEFAULTS = {
  /** `slo.max_runtime`, seconds; never above the profile's `limits.maxRuntimeSeconds`. */
  maxRuntimeSeconds: 24 * 3600,
  /** `slo.retry.max_attempts`: no retry of the user's own failures. */
  maxAttempts: 1,
  /** `slo.retry.backoff_sec`. */
  backoffSeconds: 60,
  priority: "normal" satisfies Priority as Priority,
  qos: "spot_ok" satisfies Qos as Qos,
  /** `resources` of a node when neither it nor `resources.default` says. */
  cpu: "1",
  mem: "2Gi",
  gpu: 0,
  /** `params.parallelism` of a flink_job. */
  parallelism: 1,
  /** `params.workers` of a ray_job; `max_workers` is the same when it is not given: the cluster keeps its size. */
  workers: 1,
  /** `params.idle_sec` of a ray_job: seconds without work after which a worker beyond `workers` goes. */
  idleSeconds: 60,
  /** `ttl_days`; never above the profile's `limits.ttlDays`. */
  ttlDays: 7,
  /** Stands for the submission id where a DAG is checked without runtime parameters. */
  submissionId: "not-submitted",
} as const;

/** What Argo's executor asks for beside the main container of every pod: a node must have room for both. */
export const EXECUTOR_REQUEST = { cpu: "10m", mem: "64Mi" } as const;

/** What KubeRay puts beside the head of a cluster that grows: Ray's autoscaler. */
export const RAY_AUTOSCALER_REQUEST = { cpu: "500m", mem: "512Mi" } as const;

/**
 * The pod that leads the others of a custom resource, and is charged to the team beside them. Spark's driver has 2 GiB of heap and
 * the 384 MiB that Spark adds at least.
 */
export const LEADER_REQUESTS = {
  ray_job: { cpu: "1", mem: "4Gi" },
  spark_sql: { cpu: "1", mem: "2432Mi" },
} as const satisfies Partial<Record<Kind, { readonly cpu: string; readonly mem: string }>>;

/**
 * What runs when a node gives no `command` and the profile knows no entrypoint of its image. Argo would otherwise ask the
 * image's registry, which fails offline. Kinds that are not listed get their command from the compiler.
 */
export const DEFAULT_ENTRYPOINTS: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  python_task: ["python", "-m", "main"],
  ray_job: ["python", "-m", "main"],
};
