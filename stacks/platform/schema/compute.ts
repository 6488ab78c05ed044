import { z } from "zod";
import { OPTIONAL_POOLS, POOL_NAMES } from "../../../components/cluster/index.ts";
import {
  COMPUTE_NAMESPACE,
  MATERIALIZE_NAMESPACE,
  MATERIALIZE_PORT,
  TRINO_PORT,
} from "../../../components/compute/constants.ts";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a CIDR block, e.g. 10.0.0.0/16");
const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a DNS label: a-z, 0-9 and -, at most 63");
const image = z
  .string()
  .regex(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
    "must be registry/name:tag, e.g. ghcr.io/archetype/serving:1.4.0",
  );
/** Cores and GiB of a process. */
const jvm = z.strictObject({ cpu: z.number().positive(), memoryGi: z.int().min(2).max(512) });
const vaultPath = z
  .string()
  .regex(/^[a-z0-9-]+(\/[a-z0-9-]+)*$/, "must be a path below Vault's platform mount, e.g. materialize/licence");
const warehouse = z.string().regex(/^s3:\/\/[a-z0-9.-]{3,63}(\/[^/]+)*$/, "must be s3://bucket or s3://bucket/prefix");

/** Redis that keeps what a Ray cluster's head must not lose; outside the cluster, and not made by this stack. */
const redis = z.strictObject({
  address: z.string().regex(/^[a-z0-9.-]+:\d+$/, "must be host:port"),
  /** Its addresses: pods may open connections there. */
  cidrs: z.array(cidr).min(1),
  /** Where Vault keeps its `password`, below the platform's mount. Default: it asks for none. */
  passwordPath: vaultPath.optional(),
});

const bounds = z.strictObject({ min: z.int().positive(), max: z.int().positive() });

/** Config keys of the compute room; see `../schema.ts`. */
export const COMPUTE_SHAPE = {
  /** SQL over the lake: `systems: {trino: chart}`. */
  trino: z
    .strictObject({
      /** Who knows the tables: an Iceberg REST catalog at `endpoints.icebergCatalog`, AWS Glue, or a bucket of S3 Tables. */
      catalog: z
        .discriminatedUnion("kind", [
          z.strictObject({ kind: z.literal("rest"), warehouse }),
          z.strictObject({ kind: z.literal("glue"), warehouse }),
          z.strictObject({
            kind: z.literal("s3-tables"),
            tableBucketArn: z
              .string()
              .regex(/^arn:aws:s3tables:[a-z0-9-]+:\d{12}:bucket\/[a-z0-9-]+$/, "must be the ARN of a table bucket"),
          }),
        ])
        .optional(),
      coordinator: jvm.default({ cpu: 1, memoryGi: 6 }),
      worker: jvm.default({ cpu: 8, memoryGi: 32 }),
      /** Workers; with max above min they follow the load of their cores. */
      workers: bounds.default({ min: 1, max: 1 }),
      /** Pool of the workers: an m6i.8xlarge of pool cpu takes three of the default size, and is USD 1,121 a month. */
      pool: z
        .enum(POOL_NAMES)
        .exclude([...OPTIONAL_POOLS])
        .default("cpu"),
    })
    .prefault({}),
  /** The inference gateway: `systems: {ray-serve: chart}`. */
  serving: z
    .strictObject({
      /** Image with Ray and the application in it. */
      image: image.optional(),
      /** Ray's version in the image. Default: the one that the operator is tested with. */
      rayVersion: z
        .string()
        .regex(/^\d+\.\d+\.\d+$/, "must be a version, e.g. 2.52.0")
        .optional(),
      /** The application in the image, `module:variable`. */
      importPath: z
        .string()
        .regex(/^[\w.]+:\w+$/, "must be module:variable")
        .default("serving.app:app"),
      /** The application's deployment that answers requests, as its code names it. */
      deployment: z.string().min(1).default("Model"),
      /** Never spot: an answer cannot be tried again two minutes later. */
      pool: z.enum(["gpu", "cpu", "system"]).default("gpu"),
      /** Replicas, each on a worker of its own; min runs always: one GPU of a g5.12xlarge is USD 1,035 a month. */
      replicas: bounds.default({ min: 1, max: 4 }),
      replica: z
        .strictObject({ cpu: z.number().positive(), memoryGi: z.int().positive(), gpu: z.int().nonnegative() })
        .default({ cpu: 4, memoryGi: 16, gpu: 1 }),
      /** Requests that one replica works on at a time when all is well; above, replicas are added. */
      targetOngoingRequests: z.int().positive().default(8),
      /** Namespaces besides the teams' whose pods may ask. */
      callers: z.array(dnsLabel).default([]),
      redis: redis.optional(),
    })
    .prefault({}),
  /** Streaming SQL: `systems: {materialize: chart}`. It is under the Business Source License and asks for a licence key. */
  materialize: z
    .strictObject({
      /**
       * Where Vault keeps the key `license_key`, below the platform's mount. The Community key is free of charge up to 24 GiB of
       * memory and 48 GiB of disk: https://materialize.com/self-managed/community-license
       */
      licencePath: vaultPath.optional(),
      /** GiB of memory of the process that plans and answers. */
      memoryGi: z.int().min(2).max(64).default(4),
      /** Image with `psql`, for the job that connects it to the brokers. */
      clientImage: image.default("docker.io/library/postgres:18-alpine"),
    })
    .prefault({}),
} as const;

/** A value that is right, for each of them. */
export const COMPUTE_EXAMPLES = {
  trino: { catalog: { kind: "glue", warehouse: "s3://archetype-lake/iceberg" }, workers: { min: 2, max: 6 } },
  serving: { image: "ghcr.io/archetype/serving:1.4.0", importPath: "serving.app:app", replicas: { min: 2, max: 8 } },
  materialize: { licencePath: "materialize/licence" },
} as const;

type Checked = Partial<PlatformConfig>;

/** How these keys fit together, and with the others. */
export function computeFindings(config: Checked): Finding[] {
  return [trino, serving, materialize, features].flatMap((check) => check(config));
}

const at = (path: string, message: string): Finding => ({ path: path.split("."), message });
const when = (wrong: boolean, path: string, message: string): Finding[] => (wrong ? [at(path, message)] : []);

function trino({ systems, trino, endpoints, pools }: Checked): Finding[] {
  if (systems?.trino !== "chart" || trino === undefined) return [];
  const here = `http://trino.${COMPUTE_NAMESPACE}.svc:${TRINO_PORT}`;
  return [
    ...when(
      trino.catalog === undefined,
      "trino.catalog",
      "must be given where the system trino is installed: rest, glue or s3-tables",
    ),
    ...when(
      trino.workers.min > trino.workers.max,
      "trino.workers",
      `min ${trino.workers.min} is above max ${trino.workers.max}`,
    ),
    ...when(
      systems["external-secrets"] === "off",
      "systems.trino",
      "needs external-secrets: its processes know each other by a secret",
    ),
    ...when(
      endpoints !== undefined && endpoints.trino !== here,
      "endpoints.trino",
      `must be ${here} where the stack installs Trino; it is ${endpoints?.trino}`,
    ),
    ...when(pools !== undefined && pools[trino.pool] === undefined, "trino.pool", `there is no pool ${trino.pool}`),
  ];
}

function serving({ systems, serving }: Checked): Finding[] {
  if (systems?.["ray-serve"] !== "chart" || serving === undefined) return [];
  const { image, replicas, pool, replica } = serving;
  return [
    ...when(image === undefined, "serving.image", "must be given where the system ray-serve is installed"),
    ...when(systems.kuberay === "off", "systems.ray-serve", "needs kuberay: it is the operator of RayServices"),
    ...when(replicas.min > replicas.max, "serving.replicas", `min ${replicas.min} is above max ${replicas.max}`),
    ...when(
      pool === "gpu" && replica.gpu === 0,
      "serving.replica.gpu",
      "is 0 on pool gpu: those nodes are paid for their GPUs; use pool cpu",
    ),
    ...when(
      pool !== "gpu" && replica.gpu > 0,
      "serving.replica.gpu",
      `is ${replica.gpu} on pool ${pool}, which has no GPU`,
    ),
    ...vaultNeeded(systems, serving.redis?.passwordPath, "serving.redis.passwordPath"),
  ];
}

function materialize({ systems, materialize, cluster, endpoints }: Checked): Finding[] {
  if (systems?.materialize !== "chart" || materialize === undefined) return [];
  const host = `materialize.${MATERIALIZE_NAMESPACE}.svc:${MATERIALIZE_PORT}`;
  return [
    ...when(
      materialize.licencePath === undefined,
      "materialize.licencePath",
      "must be given where the system materialize is installed: it does not start without a licence key. Put the key into Vault (`vault kv put platform/materialize/licence license_key=...`) and give its path here, materialize/licence",
    ),
    ...when(systems.postgres === "off", "systems.materialize", "needs postgres: what it knows is kept there"),
    ...when(
      systems["external-secrets"] === "off",
      "systems.materialize",
      "needs external-secrets: its licence key and its database's password come by it",
    ),
    ...when(
      cluster !== undefined && cluster.kind !== "eks",
      "systems.materialize",
      "needs a cluster of kind eks: the data of its views is kept in a bucket of the stack",
    ),
    ...when(
      endpoints !== undefined && !endpoints.materialize.includes(`${host}/`),
      "endpoints.materialize",
      `must be postgresql://materialize@${host}/materialize where the stack installs Materialize; it is ${endpoints?.materialize}`,
    ),
  ];
}

/** One address, said once: the way there is opened by `featureAccess` only. */
function features({ endpoints, featureAccess }: Checked): Finding[] {
  if (endpoints?.arrowFlight === undefined || endpoints.arrowFlight === featureAccess?.endpoint) return [];
  return [
    at(
      "endpoints.arrowFlight",
      "is told to nodes by `featureAccess: {endpoint, namespace}`, which also lets them reach it; remove it here",
    ),
  ];
}

function vaultNeeded(systems: PlatformConfig["systems"], path: string | undefined, key: string): Finding[] {
  return when(
    path !== undefined && systems["external-secrets"] === "off",
    key,
    "is in Vault: needs the system external-secrets",
  );
}
