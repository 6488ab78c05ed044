import { z } from "zod";
import type { CheckFailure } from "../protocol/provider.ts";
import { isMap, type PropertyMap, type PropertyValue, reveal, Unknown } from "../protocol/values.ts";
import { ApiError, type ApiServer } from "./api-server.ts";
import { closest } from "./closest.ts";
import { type PathSegment, propertyPath } from "./diff.ts";
import { apiVersionOf, type Gvk } from "./object.ts";

/** The part of OpenAPI v3 that Kubernetes publishes and that field errors need. */
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  enum?: unknown[];
  "x-kubernetes-group-version-kind"?: { group: string; version: string; kind: string }[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-embedded-resource"?: boolean;
}
export type Schemas = Record<string, Schema>;

const index = z.object({ paths: z.record(z.string(), z.object({ serverRelativeURL: z.string() })) });

/** The schemas the API server publishes, fetched per group and version when first needed. */
export class OpenApi {
  readonly #server: ApiServer;
  #index: Promise<z.infer<typeof index>> | undefined;
  readonly #documents = new Map<string, Promise<Schemas>>();

  constructor(server: ApiServer) {
    this.#server = server;
  }

  /** The schema of a kind and those it refers to; undefined where the server publishes none (a CRD still to come). */
  async find(gvk: Gvk): Promise<{ schema: Schema; schemas: Schemas } | undefined> {
    const key = gvk.group === "" ? `api/${gvk.version}` : `apis/${apiVersionOf(gvk)}`;
    let document = this.#documents.get(key);
    if (document === undefined) {
      this.#index ??= this.#server.request("/openapi/v3").then((response) => index.parse(response.body));
      const location = (await this.#index).paths[key];
      if (location === undefined) return undefined;
      document = this.#fetch(location.serverRelativeURL);
      this.#documents.set(key, document);
    }
    const schemas = await document;
    const schema = Object.values(schemas).find((entry) =>
      entry["x-kubernetes-group-version-kind"]?.some(
        (id) => id.kind === gvk.kind && id.group === gvk.group && id.version === gvk.version,
      ),
    );
    return schema === undefined ? undefined : { schema, schemas };
  }

  async #fetch(path: string): Promise<Schemas> {
    try {
      const { body } = await this.#server.request(path);
      return ((body as { components?: { schemas?: Schemas } }).components?.schemas ?? {}) as Schemas;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return {};
      throw error;
    }
  }
}

/** Unknown fields, wrong types and missing fields of an object, each with its path; values not known yet are passed over. */
export function fieldErrors(object: PropertyMap, schema: Schema, schemas: Schemas): CheckFailure[] {
  const failures: CheckFailure[] = [];
  check(reveal(object), schema, schemas, [], failures);
  return failures;
}

function check(
  value: PropertyValue,
  given: Schema,
  schemas: Schemas,
  path: PathSegment[],
  failures: CheckFailure[],
): void {
  if (value === null || value instanceof Unknown) return;
  const schema = resolve(given, schemas);
  const fail = (reason: string) => failures.push({ property: propertyPath(path), reason });
  if (
    schema["x-kubernetes-int-or-string"] === true ||
    schema.oneOf !== undefined ||
    schema.anyOf !== undefined ||
    schema.format === "int-or-string"
  ) {
    // Kubernetes uses these only for quantities and int-or-string, which the server parses itself.
    if (schema.properties === undefined && schema.items === undefined) return;
  }
  switch (schema.type) {
    case "object":
    case undefined:
      if (schema.type === undefined && schema.properties === undefined) return;
      if (!isMap(value)) {
        fail(`expected an object, got ${describe(value)}`);
        return;
      }
      checkObject(value, schema, schemas, path, failures);
      return;
    case "array":
      if (!Array.isArray(value)) {
        fail(`expected a list, got ${describe(value)}`);
        return;
      }
      for (const [position, item] of value.entries())
        check(item, schema.items ?? {}, schemas, [...path, position], failures);
      return;
    case "string":
      if (typeof value !== "string") fail(`expected a string, got ${describe(value)}`);
      return;
    case "integer":
      if (typeof value !== "number" || !Number.isInteger(value))
        fail(`expected a whole number, got ${describe(value)}`);
      return;
    case "number":
      if (typeof value !== "number") fail(`expected a number, got ${describe(value)}`);
      return;
    case "boolean":
      if (typeof value !== "boolean") fail(`expected true or false, got ${describe(value)}`);
      return;
    default:
      return;
  }
}

function checkObject(
  value: PropertyMap,
  schema: Schema,
  schemas: Schemas,
  path: PathSegment[],
  failures: CheckFailure[],
): void {
  const { properties, additionalProperties } = schema;
  const open =
    schema["x-kubernetes-preserve-unknown-fields"] === true ||
    additionalProperties === true ||
    (properties === undefined && additionalProperties === undefined);
  for (const [key, item] of Object.entries(value)) {
    const declared = properties?.[key];
    if (declared !== undefined) check(item, declared, schemas, [...path, key], failures);
    else if (typeof additionalProperties === "object")
      check(item, additionalProperties, schemas, [...path, key], failures);
    else if (!open && !isEmbeddedField(schema, key)) {
      failures.push({
        property: propertyPath([...path, key]),
        reason: `unknown field ${JSON.stringify(key)}${closest(key, Object.keys(properties ?? {}))}`,
      });
    }
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined || value[key] === null)
      failures.push({ property: propertyPath([...path, key]), reason: "this field is required" });
  }
}

function isEmbeddedField(schema: Schema, key: string): boolean {
  return schema["x-kubernetes-embedded-resource"] === true && ["apiVersion", "kind", "metadata"].includes(key);
}

function resolve(schema: Schema, schemas: Schemas): Schema {
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  if (reference === undefined) return schema;
  return resolve(schemas[reference.slice(reference.lastIndexOf("/") + 1)] ?? {}, schemas);
}

function describe(value: PropertyValue): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "an object";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
