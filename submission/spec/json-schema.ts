import { z } from "zod";
import { FIELD_DOCS } from "./field-docs.ts";
import { dagSchema, refsSchema, runtimeParamsSchema } from "./schema.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema (2020-12) of a DAG spec, for editors; what it cannot say, `check` does. */
export function dagJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(dagSchema, { io: "input" });
  document(schema, "");
  return { ...schema, title: "DAG spec, version 1" };
}

/** JSON Schema of the runtime parameters. */
export function runtimeParamsJsonSchema(): JsonSchema {
  return { ...z.toJSONSchema(runtimeParamsSchema, { io: "input" }), title: "Runtime parameters" };
}

/** JSON Schema of a refs document. */
export function refsJsonSchema(): JsonSchema {
  return { ...z.toJSONSchema(refsSchema, { io: "input" }), title: "Data and feature references" };
}

/** Writes the fields' documentation into a schema. */
function document(schema: JsonSchema, path: string): void {
  const doc = FIELD_DOCS[path];
  if (doc !== undefined) {
    const { pattern, ...rest } = doc;
    Object.assign(schema, rest, pattern !== undefined && schema.type === "string" ? { pattern } : {});
  }
  for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    // A branch of a union of types says nothing of its own.
    if (branch.properties !== undefined) documentProperties(branch, path);
  }
  documentProperties(schema, path);
  if (schema.items !== undefined && !Array.isArray(schema.items) && typeof schema.items === "object")
    document(schema.items, `${path}[]`);
}

function documentProperties(schema: JsonSchema, path: string): void {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (typeof inner === "object") document(inner, path === "" ? name : `${path}.${name}`);
  }
}
