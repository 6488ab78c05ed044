import type { JsonObject, Kind, Priority, Qos } from "./model.ts";
import { KINDS, PRIORITIES, QOS } from "./model.ts";

/**
 * What the rules after the shape check work on: everything optional. A document of the right shape is such a thing already; of any
 * other, the parts that are right are picked out, so that one wrong field does not hide what else is wrong.
 */
export interface LooseResources {
  readonly cpu?: string | number | undefined;
  readonly mem?: string | number | undefined;
  readonly gpu?: number | undefined;
}
export interface LooseRetry {
  readonly max_attempts?: number | undefined;
  readonly backoff_sec?: number | undefined;
}
export interface LooseNode {
  readonly id?: string | undefined;
  readonly kind?: Kind | undefined;
  readonly image?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly resources?: LooseResources | undefined;
  readonly ins?: readonly string[] | undefined;
  readonly outs?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly timeout?: string | undefined;
  readonly retry?: LooseRetry | undefined;
  readonly qos?: Qos | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly locality?: string | undefined;
  readonly gpu_slice?: string | undefined;
}
export interface LooseEdge {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}
export interface LooseDag {
  readonly pipeline_id?: string | undefined;
  readonly slo?:
    | {
        readonly max_runtime?: string | undefined;
        readonly retry?: LooseRetry | undefined;
        readonly priority?: Priority | undefined;
        readonly qos?: Qos | undefined;
      }
    | undefined;
  readonly resources?: { readonly default?: LooseResources | undefined } | undefined;
  readonly nodes?: readonly LooseNode[] | undefined;
  readonly edges?: readonly LooseEdge[] | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
/** A mapping out of parsed JSON or YAML holds JSON: what is not was refused while parsing. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isMapping(value);
}
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const whole = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
const quantity = (value: unknown): string | number | undefined =>
  typeof value === "string" || (typeof value === "number" && Number.isFinite(value)) ? value : undefined;
/** What is no string becomes the empty one, so that indices stay. */
const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.map((each) => (typeof each === "string" ? each : "")) : undefined;
function member<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((each) => each === value);
}
function textMap(value: unknown): Record<string, string> | undefined {
  if (!isMapping(value)) return undefined;
  const picked: Record<string, string> = Object.create(null);
  for (const [key, each] of Object.entries(value)) if (typeof each === "string") picked[key] = each;
  return picked;
}
const looseResources = (value: unknown): LooseResources | undefined =>
  isMapping(value) ? { cpu: quantity(value.cpu), mem: quantity(value.mem), gpu: whole(value.gpu) } : undefined;
const looseRetry = (value: unknown): LooseRetry | undefined =>
  isMapping(value) ? { max_attempts: whole(value.max_attempts), backoff_sec: whole(value.backoff_sec) } : undefined;

function looseNode(value: unknown): LooseNode {
  if (!isMapping(value)) return {};
  return {
    id: text(value.id),
    kind: member(KINDS, value.kind),
    image: text(value.image),
    params: isMapping(value.params) ? value.params : undefined,
    env: textMap(value.env),
    resources: looseResources(value.resources),
    ins: texts(value.ins),
    outs: texts(value.outs),
    command: texts(value.command),
    args: texts(value.args),
    timeout: text(value.timeout),
    retry: looseRetry(value.retry),
    qos: member(QOS, value.qos),
    secrets: texts(value.secrets),
    locality: text(value.locality),
    gpu_slice: text(value.gpu_slice),
  };
}

export function looseDag(value: unknown): LooseDag {
  if (!isMapping(value)) return {};
  const slo = isMapping(value.slo) ? value.slo : undefined;
  return {
    pipeline_id: text(value.pipeline_id),
    slo: slo && {
      max_runtime: text(slo.max_runtime),
      retry: looseRetry(slo.retry),
      priority: member(PRIORITIES, slo.priority),
      qos: member(QOS, slo.qos),
    },
    resources: isMapping(value.resources) ? { default: looseResources(value.resources.default) } : undefined,
    nodes: Array.isArray(value.nodes) ? value.nodes.map(looseNode) : undefined,
    edges: Array.isArray(value.edges)
      ? value.edges.map((each) => (isMapping(each) ? { from: text(each.from), to: text(each.to) } : {}))
      : undefined,
  };
}

export interface LooseParams {
  readonly submission_id?: string | undefined;
  readonly env?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly secrets_scope?: readonly string[] | undefined;
  readonly priority?: Priority | undefined;
  readonly affinity?: { readonly compute_pool?: string | undefined } | undefined;
  readonly ttl_days?: number | undefined;
}

export function looseParams(value: unknown): LooseParams {
  if (!isMapping(value)) return {};
  return {
    submission_id: text(value.submission_id),
    env: text(value.env),
    labels: textMap(value.labels),
    secrets_scope: texts(value.secrets_scope),
    priority: member(PRIORITIES, value.priority),
    affinity: isMapping(value.affinity) ? { compute_pool: text(value.affinity.compute_pool) } : undefined,
    ttl_days: whole(value.ttl_days),
  };
}

/** Names are kept even of refs whose URI is wrong: an input that reads one is not wrong too. */
export type LooseRefs = Readonly<
  Record<string, string | { readonly uri?: unknown; readonly snapshot?: unknown } | undefined>
>;

export function looseRefs(value: unknown): LooseRefs {
  const picked: Record<string, string | Fields> = Object.create(null);
  if (!isMapping(value)) return picked;
  for (const [key, each] of Object.entries(value)) {
    picked[key] = typeof each === "string" ? each : isMapping(each) ? each : {};
  }
  return picked;
}
