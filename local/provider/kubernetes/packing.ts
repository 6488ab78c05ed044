import { deflateRawSync, inflateRawSync } from "node:zlib";
import { decode, hasUnknown, isMap, type PropertyMap, type PropertyValue, toJson } from "../protocol/values.ts";

/** Field that holds a packed schema in its place. */
const PACKED = "packed";
/** Shorter schemas stay readable. */
const WORTHWHILE = 4_096;

/**
 * A definition's schemas as one compressed text each. A set of definitions is 4 MB of small nodes, of which the engine
 * would make 46 MB of state and go through them again for every step; packed it is less than half a megabyte. Only the
 * engine sees this form: what is applied, compared and checked is unpacked.
 */
export function packSchemas(inputs: PropertyMap): PropertyMap {
  return withSchemas(inputs, (schema) => {
    if (!isMap(schema) || PACKED in schema || hasUnknown(schema)) return schema;
    const text = JSON.stringify(toJson(schema));
    return text.length < WORTHWHILE ? schema : { [PACKED]: deflateRawSync(text).toString("base64") };
  });
}

export function unpackSchemas(inputs: PropertyMap): PropertyMap {
  return withSchemas(inputs, (schema) => {
    const packed = isMap(schema) ? schema[PACKED] : undefined;
    return typeof packed === "string"
      ? decode(JSON.parse(inflateRawSync(Buffer.from(packed, "base64")).toString("utf8")))
      : schema;
  });
}

/** A definition without its schemas; any other object as it is. */
export function dropSchemas(object: PropertyMap): PropertyMap {
  return withSchemas(object, () => undefined);
}

function withSchemas(object: PropertyMap, change: (schema: PropertyValue) => PropertyValue | undefined): PropertyMap {
  const spec = object.spec;
  if (object.kind !== "CustomResourceDefinition" || !isMap(spec) || !Array.isArray(spec.versions)) return object;
  const versions = spec.versions.map((version) => {
    if (!isMap(version) || version.schema === undefined) return version;
    const { schema, ...rest } = version;
    const changed = change(schema ?? null);
    return changed === undefined ? rest : { ...rest, schema: changed };
  });
  return { ...object, spec: { ...spec, versions } };
}
