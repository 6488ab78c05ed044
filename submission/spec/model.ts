/**
 * What the rest of the product works with once the door has checked it: plain, normalised data.
 * `check` in this room produces a `Submission`; `submission/compile` turns it into a Workflow.
 */

export const KINDS = [
  "python_task",
  "trino_sql",
  "spark_sql",
  "ray_job",
  "flink_job",
  "materialize_view",
  "custom_crd",
] as const;
export type Kind = (typeof KINDS)[number];

export const PRIORITIES = ["low", "normal", "high", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const QOS = ["spot_ok", "on_demand", "latency_critical"] as const;
export type Qos = (typeof QOS)[number];

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Kubernetes quantities as the author wrote them; `gpu` is a whole number of devices (or of slices, with `gpuSlice`). */
export interface Resources {
  readonly cpu: string;
  readonly mem: string;
  readonly gpu: number;
}

export interface Retry {
  /** Attempts in all: 2 means one retry. */
  readonly maxAttempts: number;
  /** Seconds before the first retry; doubles up to a cap. */
  readonly backoffSeconds: number;
}

interface NodeBase {
  /** As written, `_` allowed. */
  readonly id: string;
  readonly env: Readonly<Record<string, string>>;
  /** The node's own merged field by field over `resources.default`. */
  readonly resources: Resources;
  readonly ins: readonly string[];
  readonly outs: readonly string[];
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[];
  /** Bound on one attempt's execution in seconds; never above the DAG's `maxRuntimeSeconds`. */
  readonly timeoutSeconds: number;
  readonly retry: Retry;
  readonly qos: Qos;
  /** Secret scopes this node may read: subset of the submission's `secrets_scope`. */
  readonly secrets: readonly string[];
  /** A dataset (store) name or a zone. */
  readonly locality: string | undefined;
  /** MIG slice, e.g. `1g.10gb`; `resources.gpu` then counts slices. */
  readonly gpuSlice: string | undefined;
}

export interface PythonTask extends NodeBase {
  readonly kind: "python_task";
  readonly image: string;
  readonly params: JsonObject;
}
export interface RayJob extends NodeBase {
  readonly kind: "ray_job";
  readonly image: string;
  /** Each of the node's size. */
  readonly workers: number;
  /** More than `workers`: Ray adds and removes workers by what there is to do. */
  readonly maxWorkers: number;
  readonly idleSeconds: number;
  readonly params: JsonObject;
}
/** Exactly one of `sql` and `sqlUri` is set; `params` holds what else was given (template variables). */
interface SqlNode extends NodeBase {
  readonly image: string | undefined;
  readonly sql: string | undefined;
  readonly sqlUri: string | undefined;
  readonly params: JsonObject;
}
export interface TrinoSql extends SqlNode {
  readonly kind: "trino_sql";
}
export interface SparkSql extends SqlNode {
  readonly kind: "spark_sql";
}
export interface MaterializeView extends SqlNode {
  readonly kind: "materialize_view";
}
export interface FlinkJob extends NodeBase {
  readonly kind: "flink_job";
  readonly image: string | undefined;
  /** `jarUri` or `sql`/`sqlUri`: exactly one of the three. */
  readonly jarUri: string | undefined;
  readonly sql: string | undefined;
  readonly sqlUri: string | undefined;
  readonly parallelism: number;
  readonly streaming: boolean;
  readonly params: JsonObject;
}
export interface CustomCrd extends NodeBase {
  readonly kind: "custom_crd";
  readonly image: undefined;
  /** The object to create, with `apiVersion` and `kind`; its namespace is always the team's. */
  readonly manifest: JsonObject & { readonly apiVersion: string; readonly kind: string };
  /** Argo resource conditions: in success a comma is AND, in failure OR. */
  readonly successCondition: string;
  readonly failureCondition: string;
  readonly params: JsonObject;
}

export type DagNode = PythonTask | RayJob | TrinoSql | SparkSql | MaterializeView | FlinkJob | CustomCrd;

export interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Dag {
  readonly version: 1;
  readonly pipelineId: string;
  readonly maxRuntimeSeconds: number;
  readonly priority: Priority;
  /** In the order written; ids are unique. */
  readonly nodes: readonly DagNode[];
  /** No unknown end, no self edge, no duplicate, no cycle. */
  readonly edges: readonly Edge[];
}

export interface RuntimeParams {
  /** A DNS label of at most 63; becomes `metadata.name` of the Workflow. */
  readonly submissionId: string;
  /** One of the profile's stages. */
  readonly env: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly secretsScope: readonly string[];
  /** Overrides the DAG's own. */
  readonly priority: Priority | undefined;
  /** A pool of the profile: a preference that binds only nodes fitting that pool. */
  readonly computePool: string | undefined;
  readonly ttlDays: number;
}

export interface Ref {
  readonly uri: string;
  /** Iceberg snapshot or another dataset version. */
  readonly snapshot: string | undefined;
}

export interface Refs {
  readonly refs: Readonly<Record<string, Ref>>;
  /** `{version}` in model URIs; the submission id when not given. */
  readonly modelVersion: string | undefined;
}

/** Everything the compiler needs besides the profile; produced only by `check`. */
export interface Submission {
  readonly dag: Dag;
  readonly params: RuntimeParams;
  readonly refs: Refs;
  /** The caller's team; a key of `profile.teams`. */
  readonly team: string;
  /** The priority in force: the params' or else the DAG's. */
  readonly priority: Priority;
}

export interface Diagnostic {
  /** Stable, e.g. `dag/cycle`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Where in the document, e.g. `nodes[2].resources.gpu`. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly suggestion: string | undefined;
  /** The file (or `-`) it was found in. */
  readonly source: string;
}
