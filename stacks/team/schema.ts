import { z } from "zod";
import type { Configuration } from "../configuration.ts";
import { COMPUTE_SHAPE } from "../platform/schema/compute.ts";

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a DNS label: a-z, 0-9 and -, at most 63");
const day = z.iso.date('must be a day in quotes, e.g. "2026-11-25"');
const count = z.int().nonnegative();

const quota = z.strictObject({
  /** Cores. */
  cpu: z.number().nonnegative(),
  /** GiB. */
  memory: z.number().nonnegative(),
  /** Whole GPUs; slices in `gpu_slices`. */
  gpu: z.int().nonnegative().default(0),
});

const burst = z.strictObject({
  /** What the team may borrow on top of its quota, as a fraction of it. */
  fraction: z.number().positive().max(10),
  /** Who lets it: somebody who answers for the cluster, not the team itself. */
  approved: z.strictObject(
    {
      by: z.string().min(1),
      at: day,
      /** The last day; then the stack is refused until somebody looks again. A year at most. */
      until: day,
    },
    { error: 'must be given: {by: <who>, at: "<day>", until: "<day>"}' },
  ),
});

const groups = z.strictObject({
  /** See what runs. */
  read: z.array(z.string().min(1)).default([]),
  /** And submit and cancel. */
  submit: z.array(z.string().min(1)).default([]),
  /** And see quotas, queues and rights. */
  lead: z.array(z.string().min(1)).default([]),
});

const limits = z.strictObject({
  configMaps: count.default(2000),
  secrets: count.default(200),
  services: count.default(500),
  jobs: count.default(2000),
  volumes: count.default(50),
  /** GiB of all volumes. */
  storageGi: count.default(500),
  /** GiB of one. */
  volumeGi: z.int().positive().default(100),
  /** GiB of a storage class. Default: as much as of all. */
  storageClasses: z.record(z.string(), count).default({}),
  loadBalancers: count.default(0),
});

const version = z.string().regex(/^\d+\.\d+\.\d+$/, "must be a version, e.g. 2.52.0");
const redis = COMPUTE_SHAPE.serving.unwrap().shape.redis.unwrap().omit({ passwordPath: true }).extend({
  /** Scope that holds its `password`. Default: it asks for none. */
  secretScope: dnsLabel.optional(),
});

/** The long-lived cluster `ray-gpu`, on the team's quota. */
const rayCluster = z.strictObject({
  image: COMPUTE_SHAPE.serving.unwrap().shape.image,
  rayVersion: version.optional(),
  pool: z.enum(["gpu", "gpu_spot"]).default("gpu"),
  /** Workers with a GPU, 8 cores and 32 GiB each: at first, at least, at most. */
  workers: z
    .strictObject({ replicas: count, min: count, max: z.int().positive() })
    .default({ replicas: 3, min: 0, max: 3 }),
  /** Seconds without work after which a worker, and then its node, goes. */
  idleSeconds: z.int().positive().default(600),
  redis: redis.optional(),
});

/** One entry per config key; `Pulumi.<stack>.yaml` has them as `team:<key>`. */
export const SHAPE = {
  /** The platform's stack, in full: organisation (`organization` where the state is a file or a bucket), project, environment. */
  platform: z
    .string()
    .regex(/^[\w.-]+\/orchestration-layer\/[\w.-]+$/, "must be <organisation>/orchestration-layer/<environment>"),
  /** The team's name; never changes. */
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/,
      "must be 2 to 40 of a-z, 0-9 and -, begin with a letter and not end with -",
    ),
  /** What it gets whenever it asks, by pool. */
  quota: z
    .record(z.string(), quota)
    .refine(
      (pools) => Object.keys(pools).length > 0,
      "must have at least one pool, e.g. {cpu_spot: {cpu: 64, memory: 256}}",
    ),
  /** Default: it stays within its quota. */
  burst: burst.optional(),
  /** What it lends of its unused quota, as a fraction of it. */
  lend: z.number().min(0).max(1).default(1),
  /** Its weight against other teams where capacity is borrowed. */
  weight: z.number().positive().default(1),
  groups: groups.prefault({}),
  /** Scopes a DAG of the team may ask for in `secrets_scope`. */
  secretScopes: z.array(dnsLabel).default([]),
  limits: limits.prefault({}),
  /** Destinations outside of the cluster besides the platform's. */
  egress: z
    .array(
      z.strictObject({
        name: dnsLabel,
        cidrs: z.array(z.union([z.cidrv4(), z.cidrv6()], "must be a CIDR block, e.g. 10.0.0.0/16")).min(1),
        ports: z.array(z.int().min(1).max(65_535)).min(1).optional(),
      }),
    )
    .default([]),
  rayCluster: rayCluster.optional(),
} as const;

export type TeamConfig = Configuration<typeof SHAPE>;
export type ConfigKey = keyof typeof SHAPE;

/** A value that is right, for each key; shown beside an error. */
export const EXAMPLES: Readonly<Record<ConfigKey, unknown>> = {
  platform: "organization/orchestration-layer/dev",
  name: "research",
  quota: { cpu_spot: { cpu: 64, memory: 256 }, gpu_spot: { cpu: 46, memory: 170, gpu: 4 } },
  burst: { fraction: 0.5, approved: { by: "platform@archetype.example", at: "2026-11-02", until: "2027-04-30" } },
  lend: 0.5,
  weight: 2,
  groups: { read: ["risk"], submit: ["research"], lead: ["research-leads"] },
  secretScopes: ["s3-lake-ro"],
  limits: { storageGi: 1000, storageClasses: { gp3: 1000 } },
  egress: [{ name: "market-data", cidrs: ["198.51.100.0/24"], ports: [443] }],
  rayCluster: { workers: { replicas: 3, min: 0, max: 3 } },
};
