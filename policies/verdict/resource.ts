import { listAt, type Props, valueAt } from "./known.ts";

/** A resource as a rule sees it: plain data, so that a rule can be tested without an engine. */
export interface Resource {
  /** Pulumi's type token, e.g. `kubernetes:ray.io/v1:RayService`. */
  readonly type: string;
  /** The resource's name in the stack. */
  readonly name: string;
  /** Plain data; `UNKNOWN` in place of what is not known before the update. */
  readonly props: Props;
  readonly urn?: string;
  /** URN of the component that it belongs to; known to rules about the stack only. */
  readonly parent?: string | undefined;
  /** Whether the engine refuses to delete it. */
  readonly protect?: boolean;
  /** The provider that manages it; none for components. */
  readonly provider?: { readonly name: string; readonly props: Props } | undefined;
  /** The resources each property was computed from; known to rules about the stack only. */
  readonly computedFrom?: Readonly<Record<string, readonly Pick<Resource, "type" | "urn">[]>>;
}

/**
 * What it is, in whatever version of its API: `kubernetes:ray.io/v1:RayService` is `kubernetes:ray.io/RayService`,
 * `aws:s3/bucket:Bucket` is `aws:s3/Bucket`.
 */
export function kindOf({ type }: Pick<Resource, "type">): string {
  const known = KINDS.get(type);
  if (known !== undefined) return known;
  const [pkg, module = "", name] = type.split(":");
  const kind = `${pkg}:${module.replace(/\/[^/]*$/, "")}/${name}`;
  KINDS.set(type, kind);
  return kind;
}

/** By type: every rule asks it of every resource, rules about the stack once more for each of theirs. */
const KINDS = new Map<string, string>();

/** A predicate for rules: whether a resource is one of these kinds. */
export const ofKind =
  (...kinds: readonly string[]) =>
  (resource: Resource): boolean =>
    kinds.includes(kindOf(resource));

/** A Helm chart: of what it renders a rule sees nothing, of what it is told everything. */
export const CHART = "kubernetes:helm.sh/Release";
/** Ends what a rule says about the values of a chart. */
export const VALUES_ONLY = "(only its values are seen here; what it renders, the cluster's own gates check)";

/** As people know it: `RayService serving/bt-xs-prod`, `Bucket orch-prod-artifacts`. */
export function nameOf(resource: Resource): string {
  const { type, name, props } = resource;
  const at = kindOf(resource) === CHART ? props : valueAt(props, "metadata");
  const [namespace, own] = ["namespace", "name"].map((field) => valueAt(at, field));
  const kind = type.split(":").at(-1) ?? type;
  if (typeof own !== "string" || own === "") return `${kind} ${name}`;
  return `${kind} ${typeof namespace === "string" && namespace !== "" ? `${namespace}/` : ""}${own}`;
}

/** Whether `companion` was made for `resource`, which it names in `property` by something the resource has or will have. */
export function belongsTo(companion: Resource, property: string, resource: Resource): boolean {
  const sources = companion.computedFrom?.[property] ?? [];
  if (sources.some(({ urn }) => urn !== undefined && urn === resource.urn)) return true;
  const named = companion.props[property];
  return typeof named === "string" && [resource.props[property], resource.props.name].includes(named);
}

/** The strings of a list, or the one string that stands for it. */
export function textsAt(props: unknown, ...path: readonly string[]): string[] {
  const value = valueAt(props, ...path);
  const list = typeof value === "string" ? [value] : listAt(props, ...path);
  return list.filter((one): one is string => typeof one === "string");
}
