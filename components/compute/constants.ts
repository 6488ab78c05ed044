/** Names that other rooms rely on. No imports here but of other names. */

export { SERVING_NAMESPACE } from "../../submission/spec/release/serving.ts";

/** Where compute engines run that belong to no team: Trino, the sample Ray cluster. */
export const COMPUTE_NAMESPACE = "compute";
/** Operators of compute engines: they reach the API server, and nobody but it reaches them. */
export const OPERATORS_NAMESPACE = "compute-system";
/** Account of all that serves: it may read models. */
export const SERVING_ACCOUNT = "inference";
/** Materialize: its operator, its environment. */
export const MATERIALIZE_NAMESPACE = "materialize";

/** Systems whose custom resources a DAG's nodes become. */
export const OPERATORS = ["kuberay", "spark-operator", "flink-kubernetes-operator"] as const;
export type Operator = (typeof OPERATORS)[number];

/** What a compiled node creates; the executor's rights follow from it. */
export const OPERATOR_KINDS = {
  kuberay: { apiVersion: "ray.io/v1", kind: "RayJob", resource: "rayjobs" },
  "spark-operator": {
    apiVersion: "sparkoperator.k8s.io/v1beta2",
    kind: "SparkApplication",
    resource: "sparkapplications",
  },
  "flink-kubernetes-operator": {
    apiVersion: "flink.apache.org/v1beta1",
    kind: "FlinkDeployment",
    resource: "flinkdeployments",
  },
} as const satisfies Record<Operator, { apiVersion: string; kind: string; resource: string }>;

/** TCP port of the Spark operator's webhook. */
export const SPARK_WEBHOOK_PORT = 9443;
/** TCP port at which the inference gateway answers. */
export const SERVE_PORT = 8000;
/** TCP port of Trino: queries, and its own page. */
export const TRINO_PORT = 8080;
/** TCP port of Materialize: SQL as PostgreSQL speaks it. */
export const MATERIALIZE_PORT = 6875;
/** TCP ports at which operators ask their clusters how they are: Ray's dashboard and its agent, Flink's job manager. */
export const OPERATED_PORTS: readonly number[] = [8265, 52_365, 8000, 8081];
/** TCP port at which every pod of Ray's tells its numbers. */
export const RAY_METRICS_PORT = 8080;
