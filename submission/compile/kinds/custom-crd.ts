import type { CustomCrd, Json, JsonObject } from "../../spec/index.ts";
import type { Context } from "../context.ts";
import { type CustomResource, portEnv } from "../custom-resource.ts";
import { resultUri } from "../result.ts";
import type { Labels } from "../workflow.ts";

/**
 * The author's manifest, byte for byte but for `${ORCH_IN_...}`, `${ORCH_OUT_...}` and `${ORCH_SNAPSHOT_...}` of its own ports and
 * `${ORCH_RESULT_URI}` in its texts, which become their URIs; the name, namespace, labels of ours and owner are the platform's.
 */
export function customCrd(node: CustomCrd, context: Context): CustomResource {
  const { apiVersion, kind, metadata, ...body } = node.manifest;
  const uris = new Map(portEnv(node, context).map(({ name, value }) => [`\${${name}}`, value]));
  const result = resultUri(context, node.id);
  if (result !== undefined) uris.set("${ORCH_RESULT_URI}", result);
  const fill = (text: string): string => text.replace(/\$\{ORCH_[A-Z0-9_]+\}/g, (token) => uris.get(token) ?? token);
  const given = isObject(metadata) ? metadata : {};
  return {
    apiVersion,
    kind,
    body: filled(body, fill) as JsonObject,
    labels: texts(given.labels),
    annotations: texts(given.annotations),
    successCondition: node.successCondition,
    failureCondition: node.failureCondition,
    owned: true,
    queued: true,
  };
}

function filled(value: Json, fill: (text: string) => string): Json {
  if (typeof value === "string") return fill(value);
  if (Array.isArray(value)) return value.map((each: Json) => filled(each, fill));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, filled(value[key] ?? null, fill)]));
}

const isObject = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function texts(value: Json | undefined): Labels | undefined {
  if (!isObject(value)) return undefined;
  return Object.fromEntries(Object.keys(value).map((key) => [key, String(value[key])]));
}
