import { DEFAULT_ENTRYPOINTS, DEFAULTS } from "./defaults.ts";
import { formatDuration } from "./values/duration.ts";
import { NODE_ID, PIPELINE_ID, PORT_NAME } from "./values/names.ts";

/** What an editor shows for a field, and what JSON Schema can say of its grammar. `[]` stands for every entry of a list. */
export interface FieldDoc {
  readonly description: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
}

const DURATION = "^(?:\\d+h)?(?:\\d+m)?(?:\\d+s)?$";
const entrypoint = (DEFAULT_ENTRYPOINTS.python_task ?? []).join(" ");

const RETRY: Readonly<Record<string, FieldDoc>> = {
  max_attempts: {
    description: "Attempts in all: 2 means one retry. Lost nodes are retried apart from this.",
    default: DEFAULTS.maxAttempts,
  },
  backoff_sec: {
    description: "Seconds before the first retry; doubles up to a cap.",
    default: DEFAULTS.backoffSeconds,
  },
};
const RESOURCES: Readonly<Record<string, FieldDoc>> = {
  cpu: {
    description: "CPU as Kubernetes writes it, to thousandths of a core.",
    default: DEFAULTS.cpu,
    examples: ["4", "500m"],
  },
  mem: { description: "Memory as Kubernetes writes it.", default: DEFAULTS.mem, examples: ["16Gi", "512Mi"] },
  gpu: { description: "GPUs, or slices of one with gpu_slice.", default: DEFAULTS.gpu },
};

const under = (prefix: string, docs: Readonly<Record<string, FieldDoc>>): Record<string, FieldDoc> =>
  Object.fromEntries(Object.entries(docs).map(([key, doc]) => [`${prefix}.${key}`, doc]));

export const FIELD_DOCS: Readonly<Record<string, FieldDoc>> = {
  version: { description: "Version of this format." },
  pipeline_id: {
    description: "Names the pipeline; also a label value and a part of URIs.",
    pattern: PIPELINE_ID.source,
  },
  slo: { description: "What the pipeline is held to." },
  "slo.max_runtime": {
    description: "Bound on execution, without the wait in the queue.",
    default: formatDuration(DEFAULTS.maxRuntimeSeconds),
    pattern: DURATION,
    examples: ["2h", "90m", "1h30m"],
  },
  "slo.retry": { description: "Retry of failures of the user's own." },
  ...under("slo.retry", RETRY),
  "slo.priority": {
    description: "Priority in the queue; the runtime parameters' goes before it.",
    default: DEFAULTS.priority,
  },
  "slo.qos": { description: "Which capacity nodes may run on.", default: DEFAULTS.qos },
  resources: { description: "Resources of nodes that do not say." },
  "resources.default": { description: "Merged field by field under a node's own resources." },
  ...under("resources.default", RESOURCES),
  nodes: { description: "The work; the order means nothing." },
  "nodes[].id": { description: "Unique in the DAG.", pattern: NODE_ID.source },
  "nodes[].kind": { description: "What runs the node." },
  "nodes[].image": { description: "Container image; SQL kinds take the platform's when there is none." },
  "nodes[].params": {
    description: "Parameters of the kind: sql or sql_uri for SQL, the manifest for custom_crd, free for containers.",
  },
  "nodes[].params.sql": { description: "The statement itself; exactly one source may be given." },
  "nodes[].params.sql_uri": { description: "Where the statement is.", examples: ["s3://queries/query.sql"] },
  "nodes[].params.jar_uri": { description: "Where the job's jar is." },
  "nodes[].params.parallelism": { description: "Parallel instances of the job.", default: DEFAULTS.parallelism },
  "nodes[].params.workers": {
    description: "Workers of the Ray cluster, each of the node's size.",
    default: DEFAULTS.workers,
  },
  "nodes[].params.max_workers": {
    description: "Workers it may grow to when there is work for them; as many as workers when not given.",
  },
  "nodes[].params.idle_sec": {
    description: "Seconds without work after which a worker beyond workers goes.",
    default: DEFAULTS.idleSeconds,
  },
  "nodes[].params.streaming": {
    description: "The job runs on after the pipeline; it has succeeded when it runs.",
    default: false,
  },
  "nodes[].params.manifest": {
    description: "The object to create, of a kind that the environment allows, in the team's namespace.",
  },
  "nodes[].params.success_condition": {
    description: "Requirements on the object's fields, all of which must hold.",
    examples: ["status.succeeded > 0"],
  },
  "nodes[].params.failure_condition": {
    description: "Requirements on the object's fields, one of which is a failure.",
    examples: ["status.failed > 0"],
  },
  "nodes[].env": { description: "Environment variables: C identifiers; ORCH_ and ARGO_ are reserved." },
  "nodes[].resources": { description: "Resources of one pod." },
  ...under("nodes[].resources", RESOURCES),
  "nodes[].ins": {
    description: "Outputs of ancestors, or names in refs, that the node reads; it gets ORCH_IN_<NAME>.",
  },
  "nodes[].ins[]": { description: "An output's name.", pattern: PORT_NAME.source },
  "nodes[].outs": { description: "What the node makes; it gets ORCH_OUT_<NAME>." },
  "nodes[].outs[]": { description: "An output's name, unique in the DAG.", pattern: PORT_NAME.source },
  "nodes[].command": { description: `What to run; else the image's known entrypoint, else ${entrypoint}.` },
  "nodes[].args": { description: "Arguments of the command." },
  "nodes[].timeout": { description: "Bound on one attempt; at most max_runtime.", pattern: DURATION },
  "nodes[].retry": { description: "Over slo.retry, field by field." },
  ...under("nodes[].retry", RETRY),
  "nodes[].qos": { description: "Over slo.qos." },
  "nodes[].secrets": { description: "Secret scopes the node may read, out of the submission's secrets_scope." },
  "nodes[].locality": { description: "A dataset's name or a zone: the node runs there." },
  "nodes[].gpu_slice": {
    description: "MIG slice of the profile's; resources.gpu counts slices.",
    examples: ["1g.10gb"],
  },
  edges: { description: "What runs before what; the order means nothing.", default: [] },
  "edges[].from": { description: "Id of the node that runs first." },
  "edges[].to": { description: "Id of the node that runs after it." },
};
