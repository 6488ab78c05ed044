import { z } from "zod";
import {
  balloonProblem,
  findBucketProblems,
  findClusterConflicts,
  INTERFACE_ENDPOINTS,
  PAUSE_IMAGE,
  type PoolName,
  STORAGE_TIERS,
  WORK_POOLS,
} from "../../../components/cluster/index.ts";
import { CHARTS } from "../../../components/system/index.ts";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

const days = z.int().positive();

const balloon = z.strictObject({
  pods: z.int().positive(),
  /** Cores of each pod. */
  cpu: z.number().positive(),
  /** GiB of each pod. */
  memory: z.number().positive(),
  /** Whole GPUs of each pod. */
  gpu: z.int().nonnegative().default(0),
});

/** Config keys of the capacity room; see `../schema.ts`. */
export const CAPACITY_SHAPE = {
  /**
   * Room that is kept free in each pool, so that a job starts before its node comes. It costs the nodes it lies on: 8 of the
   * 32 cores of an m6i.8xlarge are a quarter of USD 1,121 a month, a GPU of a g5.12xlarge a quarter of USD 4,141.
   */
  balloons: z.partialRecord(z.enum(["cpu", "cpu_spot", "gpu", "gpu_spot"]), balloon).default({}),
  /** Image of the pods that keep the room; does nothing. */
  balloonImage: z
    .string()
    .regex(
      /^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
      "must be registry/name:tag[@sha256:...]",
    )
    .default(PAUSE_IMAGE),
  /** What happens to objects in the buckets that the stack makes (kind `eks`): USD 0.023 per GB and month. */
  artifacts: z
    .strictObject({
      /** Days a replaced or deleted object can be brought back; it is paid for so long. */
      noncurrentDays: days.default(30),
      /** Cheaper storage for what is old: INTELLIGENT_TIERING and STANDARD_IA from USD 0.0125 per GB, GLACIER_IR 0.004; reading is extra. */
      transition: z.strictObject({ days, to: z.enum(STORAGE_TIERS) }).optional(),
      /** Days until what runs left behind is deleted, below `runs/` and `logs/`. Default: never. */
      expireRunsDays: days.optional(),
      /** Prefixes of the artifact bucket that all teams may read, besides what runs write. */
      shared: z
        .array(z.string().regex(/^[\w.-]+(\/[\w.-]+)*\/$/, "must be a prefix that ends with /"))
        .default(["shared/"]),
      /** A bucket for exports of the audit that nobody can change for so long; `compliance` not even the account's owner. */
      auditLock: z.strictObject({ mode: z.enum(["governance", "compliance"]), days }).optional(),
    })
    .default({ noncurrentDays: 30, shared: ["shared/"] }),
} as const;

/** A value that is right, for each of them. */
export const CAPACITY_EXAMPLES = {
  balloons: { cpu: { pods: 2, cpu: 8, memory: 32 }, gpu: { pods: 1, cpu: 8, memory: 32, gpu: 1 } },
  balloonImage: PAUSE_IMAGE,
  artifacts: { noncurrentDays: 30, transition: { days: 90, to: "INTELLIGENT_TIERING" }, expireRunsDays: 365 },
} as const;

type Checked = Partial<PlatformConfig>;

/** How these keys fit together, and with the others. */
export function capacityFindings(config: Checked): Finding[] {
  return [eks, autoscaler, warmPools, balloons, buckets].flatMap((check) => check(config));
}

/** Arguments of the cluster that are keys of the configuration by themselves; the others are fields of `cluster`. */
const OWN_KEYS: readonly string[] = ["region", "zones", "pools"];

function eks({ cluster, region, zones, pools }: Checked): Finding[] {
  if (cluster?.kind !== "eks") return [];
  const endpoints = cluster.endpoints === "all" ? INTERFACE_ENDPOINTS : cluster.endpoints;
  return findClusterConflicts({ ...cluster, endpoints, region, zones, pools }).map(({ path, reason }) => ({
    path: OWN_KEYS.includes(path[0] ?? "") ? path : ["cluster", ...path],
    message: reason,
  }));
}

function autoscaler({ cluster, systems }: Checked): Finding[] {
  if (cluster === undefined || systems?.["cluster-autoscaler"] !== "chart") return [];
  if (cluster.kind !== "eks") {
    return [
      finding(
        "systems.cluster-autoscaler",
        `scales the node groups of a cluster of kind eks; on ${cluster.kind} it must be off`,
      ),
    ];
  }
  const minor = CHARTS.clusterAutoscaler.appVersion.split(".").slice(0, 2).join(".");
  return minor === cluster.version
    ? []
    : [
        finding(
          "cluster.version",
          `${cluster.version} does not match the autoscaler, which is made for ${minor}: pin its chart for ${cluster.version}`,
        ),
      ];
}

function warmPools({ cluster, pools }: Checked): Finding[] {
  if (pools === undefined || cluster === undefined || cluster.kind === "eks") return [];
  return Object.entries(pools)
    .filter(([, { warm }]) => warm !== undefined)
    .map(([name]) => finding(`pools.${name}.warm`, "only a cluster of kind eks has warm machines"));
}

function balloons({ balloons = {}, systems, pools }: Checked): Finding[] {
  const sizes = Object.entries(balloons);
  if (sizes.length > 0 && systems !== undefined && systems["cluster-autoscaler"] !== "chart") {
    return [
      finding(
        "balloons",
        "keep room free for nothing where no autoscaler adds nodes: set systems.cluster-autoscaler to chart",
      ),
    ];
  }
  return sizes.flatMap(([name, size]) => {
    const pool = WORK_POOLS.find((candidate) => candidate.name === name);
    if (pool === undefined || size === undefined || pools === undefined) return [];
    const problem = balloonProblem(pool, size, pools[name as PoolName]?.max ?? 0);
    return problem === undefined ? [] : [finding(`balloons.${name}`, problem)];
  });
}

/** What is added to the artifact bucket's name for the others. */
export const BUCKET_SUFFIXES = { platform: "-platform", audit: "-audit" } as const;

function buckets({ cluster, storage, artifacts }: Checked): Finding[] {
  if (cluster?.kind !== "eks" || storage === undefined) return [];
  const [bucket = "", ...prefix] = storage.uri.slice("s3://".length).split("/");
  const longest = `${bucket}${BUCKET_SUFFIXES.platform}`;
  return [
    ...(prefix.length > 0
      ? [
          finding(
            "storage.uri",
            `must be a whole bucket (s3://${bucket}): the stack makes it, and its rights go by prefix`,
          ),
        ]
      : []),
    ...findBucketProblems({ bucket: longest }).map(() =>
      finding(
        "storage.uri",
        `${bucket} must be at most ${63 - BUCKET_SUFFIXES.platform.length} of a-z, 0-9 and - (no dots): the stack makes ${longest} too`,
      ),
    ),
    ...(artifacts === undefined
      ? []
      : findBucketProblems({ bucket: "any", lifecycle: { transition: artifacts.transition } }).map((problem) =>
          finding("artifacts.transition", problem),
        )),
  ];
}

const finding = (path: string, message: string): Finding => ({ path: path.split("."), message });
