import { z } from "zod";
import { BOUNDS } from "./limits.ts";
import { KINDS, PRIORITIES, QOS } from "./model.ts";

/**
 * The shape of the three documents: fields, types and fixed bounds. Grammars (quantities, images, names...), the graph and
 * whatever needs the profile are checked after it, on typed values.
 */

const name = z.string().max(BOUNDS.name);
const text = z.string().max(BOUNDS.text);
const uri = z.string().max(BOUNDS.uri);
const sql = z.string().max(BOUNDS.sql);
const quantity = z.union([z.string().max(64), z.number()]);
const duration = z.string().max(32);
const ports = z.array(name).max(BOUNDS.ports);
const anything = z.record(z.string(), z.unknown());

const resources = z.strictObject({
  cpu: quantity.optional(),
  mem: quantity.optional(),
  gpu: z.int().min(0).max(BOUNDS.gpu).optional(),
});

const retry = z.strictObject({
  max_attempts: z.int().min(1).optional(),
  backoff_sec: z.int().min(0).max(BOUNDS.backoffSeconds).optional(),
});

export const nodeFields = {
  id: name,
  image: z.string().max(BOUNDS.image).optional(),
  env: z.record(z.string(), text).optional(),
  resources: resources.optional(),
  ins: ports.optional(),
  outs: ports.optional(),
  command: z.array(text).min(1).max(BOUNDS.command).optional(),
  args: z.array(text).max(BOUNDS.args).optional(),
  timeout: duration.optional(),
  retry: retry.optional(),
  qos: z.enum(QOS).optional(),
  secrets: z.array(name).max(BOUNDS.secrets).optional(),
  locality: name.optional(),
  gpu_slice: name.optional(),
};

const sqlParams = z.looseObject({ sql: sql.optional(), sql_uri: uri.optional() }).optional();

const flinkParams = z
  .looseObject({
    jar_uri: uri.optional(),
    sql: sql.optional(),
    sql_uri: uri.optional(),
    parallelism: z.int().min(1).max(BOUNDS.parallelism).optional(),
    streaming: z.boolean().optional(),
  })
  .optional();

const rayParams = z
  .looseObject({
    workers: z.int().min(1).max(BOUNDS.workers).optional(),
    max_workers: z.int().min(1).max(BOUNDS.workers).optional(),
    idle_sec: z.int().min(1).max(BOUNDS.idleSeconds).optional(),
  })
  .optional();

const condition = z.string().max(BOUNDS.condition);

const crdParams = z.looseObject({
  manifest: z.looseObject({ apiVersion: z.string().max(317), kind: name, metadata: anything.optional() }),
  success_condition: condition,
  failure_condition: condition,
});

export const node = z.discriminatedUnion("kind", [
  z.strictObject({ ...nodeFields, kind: z.literal("python_task"), params: anything.optional() }),
  z.strictObject({ ...nodeFields, kind: z.literal("trino_sql"), params: sqlParams }),
  z.strictObject({ ...nodeFields, kind: z.literal("spark_sql"), params: sqlParams }),
  z.strictObject({ ...nodeFields, kind: z.literal("ray_job"), params: rayParams }),
  z.strictObject({ ...nodeFields, kind: z.literal("flink_job"), params: flinkParams }),
  z.strictObject({ ...nodeFields, kind: z.literal("materialize_view"), params: sqlParams }),
  z.strictObject({ ...nodeFields, kind: z.literal("custom_crd"), params: crdParams }),
]);

/** A node whose kind is unknown: everything else about it is still checked. */
export const nodeOfUnknownKind = () =>
  z.strictObject({ ...nodeFields, kind: z.unknown().optional(), params: anything.optional() });

export const dagSchema = z.strictObject({
  version: z.literal(1),
  pipeline_id: name,
  slo: z
    .strictObject({
      max_runtime: duration.optional(),
      retry: retry.optional(),
      priority: z.enum(PRIORITIES).optional(),
      qos: z.enum(QOS).optional(),
    })
    .optional(),
  resources: z.strictObject({ default: resources.optional() }).optional(),
  nodes: z.array(node).min(1),
  edges: z.array(z.strictObject({ from: name, to: name })).optional(),
});

export const runtimeParamsSchema = z.strictObject({
  submission_id: name,
  env: name,
  labels: z.record(z.string(), z.string()).optional(),
  secrets_scope: z.array(name).max(BOUNDS.secrets).optional(),
  priority: z.enum(PRIORITIES).optional(),
  affinity: z.strictObject({ compute_pool: name.optional() }).optional(),
  ttl_days: z.int().min(1).optional(),
});

const ref = z.union([uri, z.strictObject({ uri, snapshot: z.string().max(256).optional() })]);

/** A map name -> URI or `{uri, snapshot?}`; the name `model_version` is the version in model URIs. */
export const refsSchema = z.object({ model_version: z.string().max(BOUNDS.name).optional() }).catchall(ref);

export type DagDocument = z.infer<typeof dagSchema>;
export type NodeDocument = z.infer<typeof node>;
export type RuntimeParamsDocument = z.infer<typeof runtimeParamsSchema>;
export type RefsDocument = z.infer<typeof refsSchema>;

export const kindNames: readonly string[] = KINDS;
