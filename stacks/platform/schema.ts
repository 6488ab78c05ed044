import { z } from "zod";
import { POOL_NAMES, type PoolName } from "../../components/cluster/index.ts";
import { AVAILABILITIES, INSTALLS } from "../../components/system/index.ts";
import { platformProfile } from "../../submission/spec/profile.ts";
import { API_EXAMPLES, API_SHAPE } from "./schema/api.ts";
import { AUDIT_EXAMPLES, AUDIT_SHAPE } from "./schema/audit.ts";
import { CAPACITY_EXAMPLES, CAPACITY_SHAPE } from "./schema/capacity.ts";
import { COMPUTE_EXAMPLES, COMPUTE_SHAPE } from "./schema/compute.ts";
import { eksCluster, pool } from "./schema/eks.ts";
import { OBSERVABILITY_EXAMPLES, OBSERVABILITY_SHAPE } from "./schema/observability.ts";
import { QUEUE_EXAMPLES, QUEUE_SHAPE } from "./schema/queue.ts";
import { REGISTRY_EXAMPLES, REGISTRY_SHAPE } from "./schema/registry.ts";
import { SECURITY_EXAMPLES, SECURITY_SHAPE } from "./schema/security.ts";

/** Systems that also work where only their definitions are and the controller runs elsewhere; each names its folder of CRDs. */
export const SYSTEMS = ["argo-workflows", "kueue", "kuberay", "spark-operator", "flink-kubernetes-operator"] as const;
export type System = (typeof SYSTEMS)[number];

/** Systems that come whole or not at all. */
export const OPTIONAL_SYSTEMS = [
  "cluster-autoscaler",
  "cert-manager",
  "prometheus",
  "loki",
  "tempo",
  "open-telemetry",
  "dcgm-exporter",
  "vault",
  "external-secrets",
  "gatekeeper",
  "postgres",
  "harbor",
  "clickhouse",
  "redpanda",
  "keda",
  "materialize",
  "trino",
  "ray-serve",
  "marquez",
  "submission-api",
] as const;
/** All that a stack can bring from a chart. */
export type ChartSystem = System | (typeof OPTIONAL_SYSTEMS)[number];

const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a DNS label: a-z, 0-9 and -, at most 63");
const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a CIDR block, e.g. 10.0.0.0/16");
const port = z.int().min(1).max(65_535);
const profile = platformProfile.shape;

const apiServer = z.strictObject({ cidrs: z.array(cidr).min(1), ports: z.array(port).min(1) });

const cluster = z.discriminatedUnion("kind", [
  /** Started by `local/`; its kubeconfig comes in ORCH_KUBECONFIG. */
  z.strictObject({ kind: z.literal("embedded") }),
  /** A cluster that exists; its kubeconfig comes in ORCH_KUBECONFIG. */
  z.strictObject({ kind: z.literal("kubeconfig"), context: z.string().min(1).optional(), apiServer }),
  /** Made by this stack. */
  eksCluster,
]);

/** The platform does not work without the first two. */
const systems = z.strictObject({
  "argo-workflows": z.enum(INSTALLS).exclude(["off"]),
  kueue: z.enum(INSTALLS).exclude(["off"]),
  kuberay: z.enum(INSTALLS),
  "spark-operator": z.enum(INSTALLS),
  "flink-kubernetes-operator": z.enum(INSTALLS),
  ...optional(OPTIONAL_SYSTEMS),
} satisfies Record<ChartSystem, z.ZodType>);

function optional<Name extends string>(names: readonly Name[]) {
  const wholeOrNot = z.enum(INSTALLS).exclude(["crds"]).default("off");
  return Object.fromEntries(names.map((name) => [name, wholeOrNot])) as Record<Name, typeof wholeOrNot>;
}

const egress = z.strictObject({ name: dnsLabel, cidrs: z.array(cidr).min(1), ports: z.array(port).min(1).optional() });

/** Argo's own interface, to look at Workflows; who may is said at `ArgoServerAuth`. Default: there is none. */
const argoServer = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("client") }),
  z.strictObject({ mode: z.literal("server") }),
  z.strictObject({
    mode: z.literal("sso"),
    issuer: z.url({ protocol: /^https$/ }),
    redirectUrl: z.url({ protocol: /^https$/ }),
  }),
]);

/** One entry per config key; `Pulumi.<stack>.yaml` has them as `orchestration-layer:<key>`. */
export const SHAPE = {
  cluster,
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region, e.g. us-east-1"),
  zones: z.array(z.string()).min(1),
  /** What there may be of each kind of node; without `gpu_slices` there are only whole GPUs. */
  pools: z.strictObject({
    cpu: pool,
    cpu_spot: pool,
    gpu: pool,
    gpu_spot: pool,
    /** GPUs that are cut into slices. A p4de.24xlarge, eight A100s in 56 slices of 10 GB, is USD 20,036 a month. */
    gpu_slices: pool.optional(),
    system: pool,
  } satisfies Record<PoolName, z.ZodType>),
  systems,
  argo: z
    .strictObject({
      parallelism: z.int().positive().optional(),
      teamParallelism: z.int().positive().optional(),
      /**
       * Defaults for Workflows that people write themselves, past the submission service, and the days such a one is kept when it has
       * ended. Nobody in a team has the right to create one where the service is; every Workflow pays for them.
       */
      handWritten: z.strictObject({ ttlDays: z.int().positive() }).optional(),
      retained: z.int().positive().optional(),
      metricsPort: z.int().min(0).max(65_535).optional(),
      requeueTime: z
        .string()
        .regex(/^\d+(ms|s)$/, "must be a duration, e.g. 100ms")
        .optional(),
      /** Days a finished Workflow stays in the archive, where Postgres is installed. */
      archiveDays: z.int().positive().optional(),
      server: argoServer.optional(),
    })
    .default({}),
  /** How many run of each of the platform's own systems. */
  availability: z.enum(AVAILABILITIES).default("single"),
  /** Refuse to delete what holds data. */
  protect: z.boolean().default(false),
  chartMirror: z
    .string()
    .regex(/^(oci|https):\/\//, "must start with oci:// or https://")
    .optional(),
  stages: profile.stages,
  /** The team meant where a submission names none. */
  defaultTeam: dnsLabel.optional(),
  /** Groups of the identity provider, as the API server names them, that teams may be made of. */
  groups: z.array(z.string().min(1)).default([]),
  /** Scopes that teams may have secrets in. */
  secretScopes: z.array(dnsLabel).default([]),
  storage: z.strictObject({
    uri: z.string().regex(/^s3:\/\/[a-z0-9.-]{3,63}(\/[^/]+)*$/, "must be s3://bucket or s3://bucket/prefix"),
    datasetZones: z.record(z.string(), z.string()).default({}),
    archiveLogs: z.boolean().default(false),
  }),
  endpoints: profile.endpoints,
  images: profile.images,
  customKinds: profile.customKinds,
  limits: profile.limits,
  infrastructureAttempts: profile.infrastructureAttempts,
  egress: z.array(egress).default([]),
  ...CAPACITY_SHAPE,
  ...SECURITY_SHAPE,
  ...REGISTRY_SHAPE,
  ...QUEUE_SHAPE,
  ...AUDIT_SHAPE,
  ...COMPUTE_SHAPE,
  ...OBSERVABILITY_SHAPE,
  ...API_SHAPE,
} as const;

export type ConfigKey = keyof typeof SHAPE;
export type PlatformConfig = { readonly [Key in ConfigKey]: z.output<(typeof SHAPE)[Key]> };
export type EksConfig = Extract<PlatformConfig["cluster"], { kind: "eks" }>;

/** A value that is right, for each key that must be given; shown beside an error. */
export const EXAMPLES: Readonly<Record<ConfigKey, unknown>> = {
  cluster: { kind: "embedded" },
  region: "us-east-1",
  zones: ["us-east-1a", "us-east-1b"],
  pools: Object.fromEntries(POOL_NAMES.map((name) => [name, { min: 0, max: 10 }])),
  systems: Object.fromEntries(SYSTEMS.map((name) => [name, "crds"])),
  argo: { parallelism: 500, requeueTime: "100ms", server: { mode: "client" } },
  availability: "high",
  protect: true,
  chartMirror: "oci://charts.example.com/mirror",
  stages: ["staging", "canary", "prod"],
  defaultTeam: "research",
  groups: ["research", "research-leads"],
  secretScopes: ["s3-lake-ro"],
  storage: { uri: "s3://artifacts", datasetZones: { iceberg: "us-east-1a" }, archiveLogs: true },
  endpoints: {
    trino: "http://trino.compute.svc:8080",
    materialize: "postgresql://materialize.compute.svc:6875/materialize",
    icebergCatalog: "http://iceberg-catalog.compute.svc:8181",
  },
  images: { allowedPrefixes: ["ghcr.io/archetype/"], requireDigest: false, byKind: {}, entrypoints: {} },
  customKinds: [{ apiVersion: "batch/v1", kind: "Job", resource: "jobs" }],
  limits: {
    documentBytes: 8_388_608,
    nodes: 20_000,
    edges: 200_000,
    workflowBytes: 1_048_576,
    maxAttempts: 10,
    maxRuntimeSeconds: 604_800,
    ttlDays: 90,
  },
  infrastructureAttempts: 3,
  egress: [{ name: "lake", cidrs: ["10.60.0.0/16"], ports: [443] }],
  ...CAPACITY_EXAMPLES,
  ...SECURITY_EXAMPLES,
  ...REGISTRY_EXAMPLES,
  ...QUEUE_EXAMPLES,
  ...AUDIT_EXAMPLES,
  ...COMPUTE_EXAMPLES,
  ...OBSERVABILITY_EXAMPLES,
  ...API_EXAMPLES,
};
