import { createHash } from "node:crypto";
import {
  copySecretsInMap,
  decodeMap,
  isMap,
  type Json,
  type JsonObject,
  type PropertyMap,
  Secret,
  toJsonObject,
  UNKNOWN,
} from "../protocol/values.ts";
import { gvkOf, metadataOf } from "./object.ts";
import { dropSchemas, unpackSchemas } from "./packing.ts";

/** The field manager of an object is kept in the state, because a resource that was renamed keeps its first one. */
const FIELD_MANAGER = "__fieldManager";

/** One manager per resource: two resources that claim the same object are then told apart by the server. */
export function fieldManagerFor(urn: string): string {
  return `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}

export function fieldManagerIn(outputs: PropertyMap): string | undefined {
  const manager = outputs[FIELD_MANAGER];
  return typeof manager === "string" ? manager : undefined;
}

/** What is sent to the server: no nulls, no secrets' wrapping, a Secret's `stringData` as `data`. */
export function manifestOf(inputs: PropertyMap): JsonObject {
  const object = withoutNulls(toJsonObject(unpackSchemas(inputs))) as JsonObject;
  if (object.kind === "Secret" && object.apiVersion === "v1" && object.stringData !== undefined) {
    const { stringData, ...rest } = object;
    const encoded = Object.entries(stringData as JsonObject).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString("base64"),
    ]);
    return { ...rest, data: { ...(rest.data as JsonObject | undefined), ...Object.fromEntries(encoded) } };
  }
  return object;
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== null && !key.startsWith("__"))
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

/** The state of a resource: the live object, secret wherever its inputs are, without the server's bookkeeping. */
export function outputsOf(live: JsonObject, inputs: PropertyMap, fieldManager: string): PropertyMap {
  const { managedFields: _, ...metadata } = (live.metadata ?? {}) as JsonObject;
  const object = dropSchemas(decodeMap({ ...live, metadata }));
  const withSecrets = copySecretsInMap(object, inputs);
  if (gvkOf(object).group === "" && object.kind === "Secret") {
    for (const key of ["data", "stringData"]) {
      const value = withSecrets[key];
      if (value !== undefined && !(value instanceof Secret)) withSecrets[key] = new Secret(value);
    }
  }
  return { ...withSecrets, [FIELD_MANAGER]: fieldManager };
}

/**
 * What a preview knows of an object: its inputs (with the server's defaults where a dry run answered), and unknown
 * wherever only the real apply can tell.
 */
export function previewOutputs(inputs: PropertyMap, dryRun?: JsonObject): PropertyMap {
  const base = dryRun === undefined ? dropSchemas(inputs) : outputsOf(dryRun, inputs, "");
  const { [FIELD_MANAGER]: _, ...object } = base;
  const metadata = metadataOf(object);
  const outputs: PropertyMap = {
    ...object,
    metadata: { ...metadata, uid: UNKNOWN, resourceVersion: UNKNOWN, generation: UNKNOWN, creationTimestamp: UNKNOWN },
    status: UNKNOWN,
  };
  const given = inputs.spec;
  if (inputs.kind === "Service" && isMap(object.spec) && isMap(given)) {
    outputs.spec = { ...object.spec, clusterIP: given.clusterIP ?? UNKNOWN, clusterIPs: given.clusterIPs ?? UNKNOWN };
  }
  return outputs;
}
