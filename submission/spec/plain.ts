import { BOUNDS } from "./limits.ts";
import { isMapping, type LooseDag, type LooseNode, type LooseParams } from "./loose.ts";
import { KINDS, PRIORITIES, QOS } from "./model.ts";

/**
 * Recognises documents that are plainly of the right shape, so that zod is neither loaded nor run for them: that is most of the
 * time a valid submission takes. It may say no to a right document, never yes to a wrong one; `shape.ts` then asks the schema, which
 * alone decides and explains. A property test holds the two against each other.
 */
export function isPlainDag(value: unknown): value is LooseDag {
  if (!isMapping(value) || value.version !== 1 || !isText(value.pipeline_id, BOUNDS.name)) return false;
  for (const key in value) if (!DAG_FIELDS.has(key)) return false;
  if (value.slo !== undefined && !isSlo(value.slo)) return false;
  if (value.resources !== undefined && !isDefaults(value.resources)) return false;
  const { nodes, edges } = value;
  if (!Array.isArray(nodes) || nodes.length === 0) return false;
  // Loops by index: most documents are over before these lines are compiled, and interpreted iterators are slow.
  for (let i = 0; i < nodes.length; i++) if (!isNode(nodes[i])) return false;
  if (edges === undefined) return true;
  if (!Array.isArray(edges)) return false;
  for (let i = 0; i < edges.length; i++) if (!isEdge(edges[i])) return false;
  return true;
}

const DAG_FIELDS = new Set(["version", "pipeline_id", "slo", "resources", "nodes", "edges"]);
const KIND_SET: ReadonlySet<unknown> = new Set(KINDS);
const PRIORITY_SET: ReadonlySet<unknown> = new Set(PRIORITIES);
const QOS_SET: ReadonlySet<unknown> = new Set(QOS);
const DURATION = 32;
const QUANTITY = 64;

function isText(value: unknown, most: number): boolean {
  return typeof value === "string" && value.length <= most;
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most;
}

function isTexts(value: unknown, most: number, length: number): boolean {
  if (!Array.isArray(value) || value.length > most) return false;
  for (let i = 0; i < value.length; i++) if (!isText(value[i], length)) return false;
  return true;
}

function isEdge(value: unknown): boolean {
  if (!isMapping(value) || !isText(value.from, BOUNDS.name) || !isText(value.to, BOUNDS.name)) return false;
  for (const key in value) if (key !== "from" && key !== "to") return false;
  return true;
}

function isSlo(value: unknown): boolean {
  if (!isMapping(value)) return false;
  for (const key in value) {
    const each = value[key];
    const right =
      (key === "max_runtime" && isText(each, DURATION)) ||
      (key === "retry" && isRetry(each)) ||
      (key === "priority" && PRIORITY_SET.has(each)) ||
      (key === "qos" && QOS_SET.has(each));
    if (!right) return false;
  }
  return true;
}

function isDefaults(value: unknown): boolean {
  if (!isMapping(value)) return false;
  for (const key in value) if (key !== "default" || !isResources(value.default)) return false;
  return true;
}

function isQuantity(value: unknown): boolean {
  return isText(value, QUANTITY) || (typeof value === "number" && Number.isFinite(value));
}

function isResources(value: unknown): boolean {
  if (!isMapping(value)) return false;
  for (const key in value) {
    const each = value[key];
    if (key === "gpu" ? isWhole(each, 0, BOUNDS.gpu) : (key === "cpu" || key === "mem") && isQuantity(each)) continue;
    return false;
  }
  return true;
}

function isRetry(value: unknown): boolean {
  if (!isMapping(value)) return false;
  for (const key in value) {
    const each = value[key];
    if (key === "max_attempts" && isWhole(each, 1, Number.MAX_SAFE_INTEGER)) continue;
    if (key === "backoff_sec" && isWhole(each, 0, BOUNDS.backoffSeconds)) continue;
    return false;
  }
  return true;
}

function isEnv(value: unknown): boolean {
  if (!isMapping(value)) return false;
  for (const key in value) if (!isText(value[key], BOUNDS.text)) return false;
  return true;
}

function isNode(value: unknown): value is LooseNode {
  if (!isMapping(value) || !isText(value.id, BOUNDS.name) || !KIND_SET.has(value.kind)) return false;
  // The manifest of a custom resource is left to the schema.
  if (value.kind === "custom_crd") return false;
  for (const key in value) if (!isNodeField(key, value[key], value.kind)) return false;
  return true;
}

function isNodeField(key: string, value: unknown, kind: unknown): boolean {
  switch (key) {
    case "id":
    case "kind":
      return true;
    case "image":
      return isText(value, BOUNDS.image);
    case "params":
      return isParams(value, kind);
    case "env":
      return isEnv(value);
    case "resources":
      return isResources(value);
    case "ins":
    case "outs":
      return isTexts(value, BOUNDS.ports, BOUNDS.name);
    case "command":
      return isTexts(value, BOUNDS.command, BOUNDS.text) && Array.isArray(value) && value.length > 0;
    case "args":
      return isTexts(value, BOUNDS.args, BOUNDS.text);
    case "timeout":
      return isText(value, DURATION);
    case "retry":
      return isRetry(value);
    case "qos":
      return QOS_SET.has(value);
    case "secrets":
      return isTexts(value, BOUNDS.secrets, BOUNDS.name);
    case "locality":
    case "gpu_slice":
      return isText(value, BOUNDS.name);
    default:
      return false;
  }
}

function isParams(value: unknown, kind: unknown): boolean {
  if (!isMapping(value)) return false;
  if (kind === "python_task") return true;
  if (kind === "ray_job") return isRayParams(value);
  if (value.sql !== undefined && !isText(value.sql, BOUNDS.sql)) return false;
  if (value.sql_uri !== undefined && !isText(value.sql_uri, BOUNDS.uri)) return false;
  if (kind !== "flink_job") return true;
  if (value.jar_uri !== undefined && !isText(value.jar_uri, BOUNDS.uri)) return false;
  if (value.parallelism !== undefined && !isWhole(value.parallelism, 1, BOUNDS.parallelism)) return false;
  return value.streaming === undefined || typeof value.streaming === "boolean";
}

function isRayParams({ workers, max_workers: most, idle_sec: idle }: Readonly<Record<string, unknown>>): boolean {
  if (workers !== undefined && !isWhole(workers, 1, BOUNDS.workers)) return false;
  if (most !== undefined && !isWhole(most, 1, BOUNDS.workers)) return false;
  return idle === undefined || isWhole(idle, 1, BOUNDS.idleSeconds);
}

const PARAMS_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  submission_id: (value) => isText(value, BOUNDS.name),
  env: (value) => isText(value, BOUNDS.name),
  labels: isEnv,
  secrets_scope: (value) => isTexts(value, BOUNDS.secrets, BOUNDS.name),
  priority: (value) => PRIORITY_SET.has(value),
  affinity: (value) => {
    if (!isMapping(value)) return false;
    for (const key in value) if (key !== "compute_pool" || !isText(value[key], BOUNDS.name)) return false;
    return true;
  },
  ttl_days: (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER),
};

/** The same for runtime parameters. */
export function isPlainParams(value: unknown): value is LooseParams {
  if (!isMapping(value) || value.submission_id === undefined || value.env === undefined) return false;
  for (const key in value) {
    if (!Object.hasOwn(PARAMS_FIELDS, key) || PARAMS_FIELDS[key]?.(value[key]) !== true) return false;
  }
  return true;
}
