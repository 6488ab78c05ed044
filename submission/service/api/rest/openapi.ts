import { z } from "zod";
import { dagJsonSchema, PROBLEM_MEDIA_TYPE, refsJsonSchema, runtimeParamsJsonSchema } from "../../../spec/index.ts";
import { REQUESTS, RESPONSES, teamName } from "../schema.ts";
import { OPERATIONS, type Operation, PATH_ID } from "./operations.ts";

/** OpenAPI 3.1, generated from the schemas that requests are parsed with; nothing here is kept by hand twice. */

type JsonSchema = z.core.JSONSchema.BaseSchema;

const COMPONENTS = "#/components/schemas/";
const ref = (name: string) => ({ $ref: COMPONENTS + name });
const json = (name: string) => ({ "application/json": { schema: ref(name) } });

export function openApiDocument(): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Submission service",
      version: "1",
      description: "DAG specs in, Argo Workflows out: durable, idempotent, audited.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths: Object.fromEntries(
      OPERATIONS.map((operation) => [operation.path, { [operation.method]: described(operation) }]),
    ),
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "A token of the cluster, e.g. of `kubectl create token`; rights are verbs on submissions of orch.dev.",
        },
      },
      schemas: { ...documents(), ...named(REQUESTS, "input"), ...named(RESPONSES, "output") },
      responses: { Problem: { description: "Why not", content: { [PROBLEM_MEDIA_TYPE]: { schema: ref("Problem") } } } },
    },
  };
}

function described(operation: Operation): object {
  const { id, summary, request, bodyOptional, query, status, response, event, problems } = operation;
  const parameters = [...pathParameters(operation), ...queryParameters(query), ...headers(operation)];
  const statuses = [...problems, 401, 403, 429, 500, 503].sort();
  return {
    operationId: id,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined ? {} : { requestBody: { required: bodyOptional !== true, content: json(request) } }),
    responses: {
      [status]: {
        description: "Done",
        content: {
          ...(response === undefined ? { "text/plain": { schema: { type: "string" } } } : json(response)),
          ...(event === undefined
            ? {}
            : { "text/event-stream": { schema: { type: "string", description: `data of each event: ${event}` } } }),
        },
      },
      ...Object.fromEntries(statuses.map((each) => [each, { $ref: "#/components/responses/Problem" }])),
    },
  };
}

function pathParameters({ path }: Operation): object[] {
  if (!path.includes("{id}")) return [];
  return [{ name: "id", in: "path", required: true, schema: plain(z.toJSONSchema(PATH_ID)) }];
}

function queryParameters(query: z.ZodObject | undefined): object[] {
  if (query === undefined) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: "input" });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
}

function headers({ request }: Operation): object[] {
  if (request === undefined) return [];
  const traceparent = { type: "string", description: "W3C trace context: the parent of every span of the run" };
  return [
    { name: "orch-team", in: "header", required: false, schema: plain(z.toJSONSchema(teamName)) },
    { name: "traceparent", in: "header", required: false, schema: traceparent },
  ];
}

/** The three documents have schemas of their own, with what their fields mean. */
function documents(): Record<string, JsonSchema> {
  return {
    DagSpec: plain(dagJsonSchema()),
    RuntimeParams: plain(runtimeParamsJsonSchema()),
    Refs: plain(refsJsonSchema()),
  };
}

const DOCUMENT_OF: Readonly<Record<string, string>> = {
  dag_spec: "DagSpec",
  runtime_params: "RuntimeParams",
  refs: "Refs",
};

function named(schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output"): Record<string, JsonSchema> {
  const described = Object.entries(schemas).map(([name, schema]) => {
    const body = plain(z.toJSONSchema(schema, { io }));
    for (const [field, document] of Object.entries(DOCUMENT_OF)) {
      const property = body.properties?.[field];
      if (typeof property === "object" && property.anyOf !== undefined) {
        const [, text] = property.anyOf;
        body.properties = {
          ...body.properties,
          [field]: { ...property, anyOf: [ref(document), ...(text ? [text] : [])] },
        };
      }
    }
    return [name, body] as const;
  });
  return Object.fromEntries(described);
}

/** As a part of a document that says itself which JSON Schema it follows. */
function plain<Schema extends JsonSchema>(schema: Schema): JsonSchema {
  const { $schema: _, ...rest } = schema;
  return rest;
}
