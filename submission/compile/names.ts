import { sha256Hex } from "./sha256.ts";

/** Operators and keywords of the language of `depends`: as a task name they would be read as such. */
const RESERVED = new Set([
  "and",
  "or",
  "not",
  "in",
  "matches",
  "contains",
  "let",
  "if",
  "else",
  "true",
  "false",
  "nil",
]);

/**
 * The task name of a node in Argo: `_` becomes `-`. Ids have no `-`, so two ids never meet; a word that Argo's `depends` would read as
 * an operator gets a trailing `-`.
 */
export function taskName(nodeId: string): string {
  if (RESERVED.has(nodeId)) return `${nodeId}-`;
  return nodeId.includes("_") ? nodeId.replaceAll("_", "-") : nodeId;
}

/** The node id a task name stands for. */
export function nodeIdOf(taskName: string): string {
  return taskName.endsWith("-") ? taskName.slice(0, -1) : taskName.replaceAll("-", "_");
}

/** Part of the env name of an input, output or parameter: upper case, anything but letters and digits as `_`. */
export function upper(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

/** Longest name of a custom resource: operators add suffixes of their own (KubeRay allows 47, Flink 45, we add an attempt). */
const RESOURCE_NAME = 40;

/** Name of the custom resource of a node: a DNS-1035 label, stable for one submission and node. */
export function resourceName(submissionId: string, nodeId: string): string {
  const full = `${submissionId}-${nodeId.replaceAll("_", "-")}`;
  const name = /^[a-z]/.test(full) ? full : `s${full}`;
  if (name.length <= RESOURCE_NAME) return name;
  const digest = sha256Hex(full).slice(0, 8);
  return `${name.slice(0, RESOURCE_NAME - 9).replace(/-+$/, "")}-${digest}`;
}
