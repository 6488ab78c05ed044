import type { Path } from "./findings.ts";

/** Which fields exist where: for "did you mean" only; the schemas decide. */

const NODE = [
  "id",
  "kind",
  "image",
  "params",
  "env",
  "resources",
  "ins",
  "outs",
  "command",
  "args",
  "timeout",
  "retry",
  "qos",
  "secrets",
  "locality",
  "gpu_slice",
];
const RETRY = ["max_attempts", "backoff_sec"];
const RESOURCES = ["cpu", "mem", "gpu"];

/** By path, with `*` for a list index. */
const DAG_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "": ["version", "pipeline_id", "slo", "resources", "nodes", "edges"],
  slo: ["max_runtime", "retry", "priority", "qos"],
  "slo/retry": RETRY,
  resources: ["default"],
  "resources/default": RESOURCES,
  "nodes/*": NODE,
  "nodes/*/resources": RESOURCES,
  "nodes/*/retry": RETRY,
  "edges/*": ["from", "to"],
};
const PARAMS_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "": ["submission_id", "env", "labels", "secrets_scope", "priority", "affinity", "ttl_days"],
  affinity: ["compute_pool"],
};

const place = (path: Path): string => path.map((step) => (typeof step === "number" ? "*" : step)).join("/");

export const dagFields = (path: Path): readonly string[] => DAG_FIELDS[place(path)] ?? [];
export const paramsFields = (path: Path): readonly string[] => PARAMS_FIELDS[place(path)] ?? [];
export const refsFields = (path: Path): readonly string[] => (path.length === 1 ? ["uri", "snapshot"] : []);
