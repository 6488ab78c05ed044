import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import type { ReleasedChart } from "./chart-values.ts";

/** Values and schemas of the pinned charts as their projects publish them; data beside the checkout that a plain clone does not have. */
const FOLDER = new URL("../../../shared/charts/", import.meta.url).pathname;
export const HAS_REFERENCE = existsSync(FOLDER);

/** Charts that stand in a folder of another name. */
const FOLDERS: Readonly<Record<string, string>> = {
  operator: "redpanda-operator",
  "altinity-clickhouse-operator": "clickhouse-operator",
};

const fileOf = (chart: string, name: string) => join(FOLDER, FOLDERS[chart] ?? chart, name);

/** Objects of Kubernetes' own types that charts hand on as they are, and lists of settings that a program reads itself. */
const HANDED_ON = /^(.*[sS]ecurityContext|nodeSelector|resources|affinity|.*[aA]nnotations|.*[lL]abels|extraArgs)$/;

/**
 * Keys that a chart's templates read and its values.yaml does not spell out: only in comments, or in a subchart's own file.
 * Everything below one of them is taken as it is.
 */
const NOT_SPELLED_OUT: Readonly<Record<string, readonly string[]>> = {
  "argo-workflows": ["controller.pdb.maxUnavailable", "server.pdb.maxUnavailable"],
  // Sections of a file that Grafana reads.
  grafana: ['"grafana.ini"', "fullnameOverride"],
  // They stand in comments.
  harbor: [
    "core.resources",
    "exporter.resources",
    "jobservice.resources",
    "nginx.resources",
    "portal.resources",
    "redis.internal.resources",
    "registry.controller.resources",
    "registry.registry.resources",
  ],
  // Their own charts' files are not at hand.
  "kube-prometheus-stack": ["kube-state-metrics", "prometheus-node-exporter"],
  // Sections of a file that Loki reads; the second stands in a comment.
  loki: ["loki.limits_config", "loki.storage.bucketNames"],
  // Named by whoever sets them; the chart's schema knows what is below the names.
  redpanda: [
    "auth.sasl.bootstrapUser",
    "listeners.admin.external.default",
    "listeners.kafka.external.default",
    "post_install_job.podTemplate.spec",
    "tls.certs",
  ],
  tempo: ["tempo.storage.trace.s3"],
  trino: ["catalogs"],
  vault: ["fullnameOverride"],
};

/** Keys that the chart does not know; none is right. */
export function unknownKeys(chart: string, paths: readonly string[]): string[] {
  const defaults: unknown = parse(readFileSync(fileOf(chart, "values.yaml"), "utf8"));
  const taken = NOT_SPELLED_OUT[chart] ?? [];
  return paths
    .filter(
      (path) =>
        !taken.some((prefix) => path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`)),
    )
    .filter((path) => !declared(defaults, segments(path)));
}

const segments = (path: string) => path.match(/"[^"]*"|\[\]|[^.[\]"]+/g)?.map((part) => part.replaceAll('"', "")) ?? [];

/** An empty map, an empty list and nothing at all leave open what stands in them. */
function declared(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined || value === null || value === undefined) return true;
  if (key === "[]") return Array.isArray(value);
  if (Array.isArray(value) || typeof value !== "object") return false;
  const entries = Object.entries(value);
  if (entries.length === 0) return true;
  const inner = entries.find(([name]) => name === key);
  return inner !== undefined && (HANDED_ON.test(key) || declared(inner[1], rest));
}

/** What the chart's own schema says against the values, merged into its defaults as Helm does; none if it has no schema. */
export function schemaErrors({ chart, values }: ReleasedChart): string[] {
  const file = fileOf(chart, "values.schema.json");
  if (!existsSync(file)) return [];
  const { $schema = "", ...schema }: { $schema?: string } = JSON.parse(readFileSync(file, "utf8"));
  const Validator = $schema.includes("2020-12") ? Ajv2020 : $schema.includes("2019-09") ? Ajv2019 : Ajv;
  const validate = new Validator({ strict: false, validateFormats: false, allErrors: true, logger: false }).compile(
    schema,
  );
  // Helm reads YAML 1.1, where `no` is false.
  validate(merged(parse(readFileSync(fileOf(chart, "values.yaml"), "utf8"), { version: "1.1" }), values));
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }: ErrorObject) => `${chart}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function merged(defaults: unknown, given: unknown): unknown {
  if (!isMap(defaults) || !isMap(given)) return given ?? defaults;
  const keys = new Set([...Object.keys(defaults), ...Object.keys(given)]);
  return Object.fromEntries(
    [...keys]
      .filter((key) => given[key] !== null)
      .map((key) => [key, key in given ? merged(defaults[key], given[key]) : defaults[key]]),
  );
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
