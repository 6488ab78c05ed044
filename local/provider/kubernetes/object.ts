import { isMap, type JsonObject, type PropertyMap, type PropertyValue, reveal, Unknown } from "../protocol/values.ts";

/** Group, version and kind of an object. */
export interface Gvk {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
}

export function gvkOf(object: { apiVersion?: PropertyValue; kind?: PropertyValue }): Gvk {
  const apiVersion = typeof object.apiVersion === "string" ? object.apiVersion.replace(/^core\//, "") : "";
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["", apiVersion];
  return { group: group ?? "", version: version ?? "", kind: typeof object.kind === "string" ? object.kind : "" };
}

export function apiVersionOf(gvk: Gvk): string {
  return gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
}

export function describeGvk(gvk: Gvk): string {
  return `${gvk.kind} (${apiVersionOf(gvk)})`;
}

/** What a type token says, e.g. `kubernetes:apps/v1:Deployment`. */
export function gvkOfToken(type: string): Gvk {
  const [, module = "", kind = ""] = type.split(":");
  return gvkOf({ apiVersion: module, kind });
}

/** The type token of the real provider for an object: the core group is spelled out. */
export function tokenOf(gvk: Gvk): string {
  return `kubernetes:${gvk.group === "" ? "core" : gvk.group}/${gvk.version}:${gvk.kind}`;
}

export function metadataOf(object: PropertyMap): PropertyMap {
  const metadata = object.metadata;
  return isMap(metadata) ? metadata : {};
}

/** A string of the metadata; undefined when absent or not known yet. */
export function metadataString(object: PropertyMap, key: string): string | undefined {
  const value = reveal(metadataOf(object)[key] ?? null);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function isUnknownIn(object: PropertyMap, key: string): boolean {
  return object.metadata instanceof Unknown || metadataOf(object)[key] instanceof Unknown;
}

export function annotation(object: PropertyMap, key: string): string | undefined {
  const annotations = metadataOf(object).annotations;
  const value = isMap(annotations) ? reveal(annotations[key] ?? null) : undefined;
  return typeof value === "string" ? value : undefined;
}

export function withMetadata(object: PropertyMap, changes: PropertyMap): PropertyMap {
  return { ...object, metadata: { ...metadataOf(object), ...changes } };
}

export function withAnnotation(object: PropertyMap, key: string, value: string): PropertyMap {
  const annotations = metadataOf(object).annotations;
  if (annotations !== undefined && !isMap(annotations)) return object;
  return withMetadata(object, { annotations: { ...annotations, [key]: value } });
}

/** `namespace/name`, or the name alone for what has no namespace: the id the real provider uses. */
export function idOf(object: JsonObject): string {
  const metadata = (object.metadata ?? {}) as JsonObject;
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : String(metadata.name);
}

/** Takes an id apart; the namespace is undefined where the id has none. */
export function fromId(id: string): { namespace: string | undefined; name: string } {
  const at = id.indexOf("/");
  return at < 0 ? { namespace: undefined, name: id } : { namespace: id.slice(0, at), name: id.slice(at + 1) };
}
