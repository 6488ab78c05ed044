import { isDeepStrictEqual } from "node:util";
import {
  decode,
  decodeMap,
  hasUnknown,
  isMap,
  type Json,
  type JsonObject,
  type PropertyMap,
  type PropertyValue,
  Secret,
} from "../protocol/values.ts";
import type { Cluster } from "./cluster.ts";
import { manifestOf } from "./outputs.ts";
import { packSchemas, unpackSchemas } from "./packing.ts";

/** Fields the server keeps for itself. */
const SERVER_METADATA = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
  "selfLink",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "ownerReferences",
];

/** The inputs of an object that is imported: all of it but what the server keeps. */
export function importedInputs(live: JsonObject): PropertyMap {
  const { status: _, metadata, ...rest } = live;
  const own = Object.fromEntries(
    Object.entries((metadata ?? {}) as JsonObject).filter(([key]) => !SERVER_METADATA.includes(key)),
  );
  return packSchemas(decodeMap({ ...rest, metadata: own }));
}

/**
 * The inputs of an object as the cluster has them now. Where a dry run of the recorded inputs would change nothing they are
 * kept as they are (`cpu: 0.5` stays although the server shows `500m`); where another hand changed a field, its live value
 * is put in, so that the next update shows and undoes it.
 */
export async function driftedInputs(
  cluster: Cluster,
  inputs: PropertyMap,
  live: JsonObject,
  fieldManager: string,
): Promise<PropertyMap> {
  if (hasUnknown(inputs)) return inputs;
  const dryRun = await cluster.dryRun(manifestOf(inputs), { fieldManager, force: true });
  if (!("object" in dryRun) || dryRun.object === undefined) return inputs;
  const wanted = comparable(dryRun.object);
  const actual = comparable(live);
  return isDeepStrictEqual(wanted, actual) ? inputs : packSchemas(overlay(unpackSchemas(inputs), wanted, actual));
}

function comparable(object: JsonObject): JsonObject {
  const { status: _, metadata, ...rest } = object;
  return {
    ...rest,
    ...(object.kind === "Secret" && isJsonObject(object.data) ? { stringData: textsOf(object.data) } : {}),
    metadata: Object.fromEntries(
      Object.entries((metadata ?? {}) as JsonObject).filter(([key]) => !SERVER_METADATA.includes(key)),
    ),
  };
}

/** `stringData` can only be written: the server shows it as `data`, in base64. */
function textsOf(data: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), "base64").toString("utf8")]),
  );
}

function overlay(inputs: PropertyMap, wanted: JsonObject, actual: JsonObject): PropertyMap {
  const result: PropertyMap = {};
  for (const [key, value] of Object.entries(inputs)) {
    const merged = overlayValue(value, wanted[key], actual[key]);
    if (merged !== undefined) result[key] = merged;
  }
  return result;
}

function overlayValue(
  input: PropertyValue,
  wanted: Json | undefined,
  actual: Json | undefined,
): PropertyValue | undefined {
  if (input instanceof Secret) {
    const inner = overlayValue(input.value, wanted, actual);
    return inner === undefined ? undefined : new Secret(inner);
  }
  if (isDeepStrictEqual(wanted, actual)) return input;
  if (isMap(input) && isJsonObject(wanted) && isJsonObject(actual)) return overlay(input, wanted, actual);
  if (
    Array.isArray(input) &&
    Array.isArray(wanted) &&
    Array.isArray(actual) &&
    input.length === actual.length &&
    input.length === wanted.length
  ) {
    return input.map((item, index) => overlayValue(item, wanted[index], actual[index]) ?? null);
  }
  return actual === undefined ? undefined : decode(actual);
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
