import { z } from "zod";
import { KINDS, PRIORITIES } from "./model.ts";

/**
 * The PlatformProfile: what the compiler may rely on in one environment. Written by `stacks/platform` as a ConfigMap and a
 * stack output, without teams; each team's stack adds its own (`publishedTeam`). Whoever reads them puts them together with
 * `withTeams`: the submission service, and the CLI.
 */

const dnsLabel = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a DNS label");
const labels = z.record(z.string(), z.string());

const toleration = z.strictObject({
  key: z.string(),
  operator: z.enum(["Equal", "Exists"]),
  value: z.string().optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional(),
});

const pool = z
  .strictObject({
    /** As `affinity.compute_pool` names it, e.g. `gpu_spot`. */
    name: z.string(),
    /** What work it is for; also the value of its nodes' label `orch.dev/class`, and which of a team's queues that work stands in. */
    class: z.enum(["cpu", "gpu", "gpu-slice"]),
    capacity: z.enum(["spot", "on-demand"]),
    /** Kueue ResourceFlavor, e.g. `gpu-spot`. */
    flavor: z.string(),
    /** Allocatable of one node: what a single pod may ask for at most. */
    node: z.strictObject({ cpu: z.string(), mem: z.string(), gpu: z.int().nonnegative() }),
    /**
     * MIG slices a node of this pool offers, name -> count per node: one kind in a pool of class `gpu-slice`, which has no whole GPUs, so
     * that a quota of GPUs in it counts these; elsewhere none.
     */
    slices: z.record(z.string(), z.int().positive()).default({}),
    maxNodes: z.int().positive(),
    /** Node labels that select exactly this pool's nodes. */
    selector: labels,
    tolerations: z.array(toleration),
    zones: z.array(z.string()),
  })
  .refine(({ slices, class: its }) => Object.keys(slices).length === (its === "gpu-slice" ? 1 : 0), {
    path: ["slices"],
    message: "must be one kind of slice in a pool of class gpu-slice, and none in any other",
  })
  .refine(({ node, class: its }) => its === "gpu" || node.gpu === 0, {
    path: ["node", "gpu"],
    message: "must be 0 but in a pool of class gpu: whole GPUs and slices are not in one pool",
  });

const amount = z.strictObject({ cpu: z.string(), mem: z.string(), gpu: z.int().nonnegative() });

const team = z.strictObject({
  namespace: dnsLabel,
  /** Runs the main containers; has no RBAC of its own. */
  serviceAccount: dnsLabel,
  /** Runs argoexec: workflowtaskresults plus the verbs on allowed custom resources. */
  executorServiceAccount: dnsLabel,
  /** Runs Spark drivers and Flink job managers, which create their own executors; their executors run as `serviceAccount`. */
  driverServiceAccount: dnsLabel,
  /** LocalQueue per resource class. */
  queues: z.strictObject({ cpu: dnsLabel, gpu: dnsLabel, "gpu-slice": dnsLabel.optional() }),
  /** By pool name: what the team can get of it. A pool that is left out: nothing. */
  quota: z.record(
    z.string(),
    z.strictObject({
      /** The team's own. */
      nominal: amount,
      /** What one workload can get on top: the team's burst, but never more than the other teams lend. */
      borrowable: amount,
    }),
  ),
  /** Scope name -> Kubernetes Secret in the team's namespace whose keys become env variables. */
  secretScopes: z.record(z.string(), z.strictObject({ secret: dnsLabel })),
});

const customKind = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  /** Plural resource name, for RBAC. */
  resource: z.string(),
});

const image = z.string();

export const platformProfile = z.strictObject({
  version: z.literal(1),
  /** The environment: `local`, `dev` or `prod`. */
  environment: z.string(),
  /** Allowed values of `runtime_params.env`. */
  stages: z.array(z.string()).min(1),
  argo: z.strictObject({
    /** Where the controller and its ConfigMap live. */
    namespace: dnsLabel,
    version: z.string(),
    /** argoexec image of the wait/init containers. */
    executorImage: image,
  }),
  defaultTeam: z.string().optional(),
  teams: z.record(dnsLabel, team),
  pools: z.array(pool).min(1),
  /** WorkloadPriorityClass and PriorityClass of the same name for each priority. */
  priorityClasses: z.record(z.enum(PRIORITIES), dnsLabel),
  storage: z.strictObject({
    /** URI prefix of everything the platform writes, e.g. `s3://artifacts`. No trailing slash. */
    uri: z.string(),
    region: z.string(),
    /** Zone of each named store, for `locality`. */
    datasetZones: z.record(z.string(), z.string()),
    archiveLogs: z.boolean(),
  }),
  endpoints: z.strictObject({
    trino: z.string(),
    materialize: z.string(),
    icebergCatalog: z.string(),
    otlp: z.string().optional(),
    arrowFlight: z.string().optional(),
  }),
  images: z.strictObject({
    /** Repository prefixes an image must start with, e.g. `ghcr.io/archetype/`; empty = any. */
    allowedPrefixes: z.array(z.string()),
    /** Refuse tags: only `@sha256:` digests. */
    requireDigest: z.boolean(),
    /** Image of a kind when the node gives none. */
    byKind: z.partialRecord(z.enum(KINDS), image),
    /** Entrypoint of an image repository (no tag), so that Argo never asks a registry. */
    entrypoints: z.record(z.string(), z.array(z.string()).min(1)),
  }),
  /** What `custom_crd` may create; namespaced kinds only. */
  customKinds: z.array(customKind),
  limits: z.strictObject({
    documentBytes: z.int().positive(),
    nodes: z.int().positive(),
    edges: z.int().positive(),
    /** Argo refuses a Workflow whose spec and (compressed) status exceed this many bytes of JSON. */
    workflowBytes: z.int().positive(),
    maxAttempts: z.int().positive(),
    maxRuntimeSeconds: z.int().positive(),
    ttlDays: z.int().positive(),
  }),
  /** Attempts after infrastructure loss (node gone, eviction, preemption, spot), apart from the user's. */
  infrastructureAttempts: z.int().nonnegative(),
});

const poolAmount = z.strictObject({
  /** Cores. */
  cpu: z.number().nonnegative(),
  /** GiB. */
  memory: z.number().nonnegative(),
  /** Whole GPUs, or slices where the pool's are cut. */
  gpu: z.int().nonnegative(),
});

/** What a team has of one pool. */
const poolShare = z.strictObject({
  /** Its whenever it asks. */
  nominal: poolAmount,
  /** What it may borrow on top, from what others leave unused. */
  borrowing: poolAmount,
  /** What it lends of what it leaves unused. */
  lending: poolAmount,
});

/** One team as its own stack publishes it, beside the platform's profile: what does not depend on other teams. */
export const publishedTeam = z.strictObject({
  version: z.literal(1),
  name: dnsLabel,
  team: team.omit({ quota: true }),
  /** By pool name. A pool that is left out: nothing. */
  shares: z.record(z.string(), poolShare),
});

export type PublishedTeam = z.infer<typeof publishedTeam>;
export type PoolShare = z.infer<typeof poolShare>;
export type PoolAmount = z.infer<typeof poolAmount>;
export type PlatformProfile = z.infer<typeof platformProfile>;
export type Pool = PlatformProfile["pools"][number];
export type Team = PlatformProfile["teams"][string];
