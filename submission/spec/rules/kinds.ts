import { createRequire } from "node:module";
import { DEFAULTS } from "../defaults.ts";
import type { Path } from "../findings.ts";
import { isJsonObject, type LooseNode } from "../loose.ts";
import type { DagNode, FlinkJob, JsonObject, Kind, RayJob } from "../model.ts";
import type { DagContext } from "./context.ts";
import type { CommonNode } from "./node.ts";
import { reportUri } from "./uri.ts";

const require = createRequire(import.meta.url);
type CustomCrd = typeof import("./custom-crd.ts");
let loaded: CustomCrd | undefined;
/** Loaded when a DAG has one: few have, and its rules are many. */
function custom(): CustomCrd {
  loaded ??= require("./custom-crd.ts") as CustomCrd;
  return loaded;
}

const NO_PARAMS: JsonObject = Object.freeze({});

/** The rules of the node's kind; undefined when there is no such kind (which the shape check has reported). */
export function kindOf(node: LooseNode, common: CommonNode, path: Path, context: DagContext): DagNode | undefined {
  switch (node.kind) {
    case "python_task":
      requireImage(node, path, context);
      return { ...common, kind: node.kind, image: node.image ?? "", params: jsonObject(node.params) };
    case "ray_job":
      requireImage(node, path, context);
      return rayJob(node, common, path, context);
    case "trino_sql":
    case "spark_sql":
    case "materialize_view":
      return sqlNode(node.kind, node, common, path, context);
    case "flink_job":
      return flinkJob(node, common, path, context);
    case "custom_crd":
      return custom().customCrd(node, common, path, context);
    case undefined:
      return undefined;
  }
}

function requireImage({ kind, image }: LooseNode, path: Path, context: DagContext): void {
  if (image !== undefined) return;
  context.findings.add("node/image-missing", path, `A ${kind} needs an image.`, {
    suggestion: 'Add image: "registry/name:tag".',
  });
}

function rayJob(node: LooseNode, common: CommonNode, path: Path, context: DagContext): RayJob {
  const { workers: _, max_workers: most, idle_sec: idle, ...params } = node.params ?? {};
  const workers = workersOf(node);
  if (typeof most === "number" && most < workers) {
    context.findings.add(
      "schema/out-of-range",
      [...path, "params", "max_workers"],
      `max_workers is ${most}; it must be at least workers, which is ${workers}.`,
      { suggestion: `Use ${workers} or more, or remove it for a cluster that keeps its size.` },
    );
  }
  return {
    ...common,
    kind: "ray_job",
    image: node.image ?? "",
    workers,
    maxWorkers: typeof most === "number" ? most : workers,
    idleSeconds: typeof idle === "number" ? idle : DEFAULTS.idleSeconds,
    params: jsonObject(params),
  };
}

/** Pods of its own size that a node starts with. */
export function workersOf({ kind, params }: LooseNode): number {
  return kind === "ray_job" && typeof params?.workers === "number" ? params.workers : DEFAULTS.workers;
}

/** Whether the Ray cluster has an autoscaler beside its head. */
export function growsOf(node: LooseNode): boolean {
  const most = node.kind === "ray_job" ? node.params?.max_workers : undefined;
  return typeof most === "number" && most > workersOf(node);
}

type SqlKind = "trino_sql" | "spark_sql" | "materialize_view";

function sqlNode(kind: SqlKind, node: LooseNode, common: CommonNode, path: Path, context: DagContext): DagNode {
  requireKindImage(kind, node, path, context);
  reportCommandUnused(kind, node, path, context);
  const { sql, sql_uri: sqlUri, ...params } = node.params ?? {};
  reportSources({ sql, sql_uri: sqlUri }, kind, node, path, context);
  return { ...common, kind, image: node.image, sql: text(sql), sqlUri: text(sqlUri), params: jsonObject(params) };
}

function flinkJob(node: LooseNode, common: CommonNode, path: Path, context: DagContext): FlinkJob {
  requireKindImage("flink_job", node, path, context);
  reportCommandUnused("flink_job", node, path, context);
  const { jar_uri: jarUri, sql, sql_uri: sqlUri, parallelism, streaming, ...params } = node.params ?? {};
  reportSources({ jar_uri: jarUri, sql, sql_uri: sqlUri }, "flink_job", node, path, context);
  return {
    ...common,
    kind: "flink_job",
    image: node.image,
    jarUri: text(jarUri),
    sql: text(sql),
    sqlUri: text(sqlUri),
    parallelism: typeof parallelism === "number" ? parallelism : DEFAULTS.parallelism,
    streaming: streaming === true,
    params: jsonObject(params),
  };
}

/** Kinds that run an engine of the platform's take its image from the profile. */
function requireKindImage(kind: Kind, node: LooseNode, path: Path, context: DagContext): void {
  if (node.image !== undefined || context.profile.images.byKind[kind] !== undefined) return;
  context.findings.add(
    "node/image-missing",
    path,
    `This environment has no image for ${kind}, so the node needs one.`,
    {
      suggestion: 'Add image: "registry/name:tag".',
    },
  );
}

function reportCommandUnused(kind: Kind, node: LooseNode, path: Path, context: DagContext): void {
  // A Flink job's jar takes arguments; a statement takes none.
  for (const name of kind === "flink_job" ? (["command"] as const) : (["command", "args"] as const)) {
    if (node[name] === undefined) continue;
    context.findings.add(
      "node/field-unused",
      [...path, name],
      `A ${kind} runs no command of yours, so ${name} means nothing.`,
      {
        atKey: true,
        suggestion: `Remove ${name}, or use a python_task.`,
      },
    );
  }
}

/** Exactly one source, and it is not blank. */
function reportSources(
  sources: Readonly<Record<string, unknown>>,
  kind: Kind,
  node: LooseNode,
  path: Path,
  context: DagContext,
): void {
  const { findings } = context;
  const names = Object.keys(sources).map((name) => `params.${name}`);
  const all = names.length === 2 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const given = Object.entries(sources).filter(([, value]) => value !== undefined);
  const at = node.params === undefined ? path : [...path, "params"];
  if (given.length !== 1) {
    const found = given.length === 0 ? "none" : given.map(([name]) => `params.${name}`).join(" and ");
    findings.add("node/source", at, `A ${kind} needs exactly one of ${all}; found ${found}.`, {
      suggestion: given.length === 0 ? `Add ${names.at(-1)}, e.g. "s3://queries/query.sql".` : "Keep one of them.",
    });
  }
  for (const [name, value] of given) {
    if (typeof value !== "string") continue;
    if (value.trim() === "") {
      findings.add("node/source", [...at, name], `params.${name} is empty.`, {
        suggestion: "Give it, or remove the node.",
      });
    } else if (name.endsWith("_uri")) reportUri(value, [...at, name], context.findings);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function jsonObject(value: Readonly<Record<string, unknown>> | undefined): JsonObject {
  return isJsonObject(value) ? value : NO_PARAMS;
}
