/** Params of a `custom_crd` node that is a RayJob. */
export const rayJob = (entrypoint: string, metadata: object = {}) => ({
  manifest: {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata,
    spec: {
      entrypoint,
      shutdownAfterJobFinishes: true,
      rayClusterSpec: {
        headGroupSpec: {
          rayStartParams: {},
          template: { spec: { containers: [{ name: "ray-head", image: "rayproject/ray:2.34.0" }] } },
        },
      },
    },
  },
  success_condition: "status.jobStatus == SUCCEEDED",
  failure_condition: "status.jobStatus in (FAILED,STOPPED)",
});

/** One DAG per kind, one of nodes with several pods, and the sample: what the golden manifests and the API server are tried with. */
export const GOLDEN: Readonly<Record<string, { readonly dag: object }>> = {
  python_task: {
    dag: {
      slo: { max_runtime: "1h", retry: { max_attempts: 3, backoff_sec: 10 } },
      nodes: [
        {
          id: "build_features",
          kind: "python_task",
          image: "ghcr.io/archetype/feature-kit:0.3.2",
          command: ["python", "-m", "feature_kit.build"],
          args: ["--view", "{{not.a.tag}}", "$(NOT_A_VARIABLE)"],
          params: { window: 30, symbols: ["BTC", "ETH"], note: "a $ and a {" },
          env: { FEATURE_VIEW: "xs_v2" },
          resources: { cpu: "2", mem: "8Gi" },
          locality: "iceberg",
          outs: ["feature_table", "metrics_json"],
        },
      ],
      edges: [],
    },
  },
  shared: {
    dag: {
      nodes: ["a", "b", "c"].map((id, i) => ({
        id: `shard_${id}`,
        kind: "python_task",
        image: "ghcr.io/archetype/feature-kit:0.3.2",
        env: { SHARD: String(i) },
        qos: "on_demand",
        outs: [`part_${id}`],
      })),
      edges: [{ from: "shard_a", to: "shard_c" }],
    },
  },
  trino_sql: {
    dag: {
      nodes: [
        {
          id: "fetch",
          kind: "trino_sql",
          params: { sql: "select '{{x}}' from ${ORCH_IN_X}", limit: 10 },
          outs: ["dataset_uri"],
        },
      ],
      edges: [],
    },
  },
  spark_sql: {
    dag: {
      nodes: [
        {
          id: "join",
          kind: "spark_sql",
          params: { sql_uri: "s3://queries/join.sql" },
          resources: { cpu: "4", mem: "16Gi" },
          outs: ["joined"],
        },
      ],
      edges: [],
    },
  },
  ray_job: {
    dag: {
      slo: { retry: { max_attempts: 2 } },
      nodes: [
        {
          id: "train_model",
          kind: "ray_job",
          image: "ghcr.io/archetype/trainers:0.8.1",
          params: { trainer: "bilstm", epochs: 30 },
          resources: { gpu: 1, cpu: "8", mem: "32Gi" },
          outs: ["model_uri"],
        },
      ],
      edges: [],
    },
  },
  gpu_slice: {
    dag: {
      nodes: [
        {
          id: "score",
          kind: "python_task",
          image: "ghcr.io/archetype/feature-kit:0.3.2",
          resources: { gpu: 1, cpu: "1", mem: "8Gi" },
          gpu_slice: "1g.10gb",
        },
        {
          id: "tune",
          kind: "ray_job",
          image: "ghcr.io/archetype/trainers:0.8.1",
          params: { workers: 2 },
          resources: { gpu: 1, cpu: "1", mem: "8Gi" },
          gpu_slice: "1g.10gb",
        },
      ],
      edges: [{ from: "score", to: "tune" }],
    },
  },
  flink_job: {
    dag: {
      nodes: [
        {
          id: "batch",
          kind: "flink_job",
          image: "flink:1.20.1",
          params: { jar_uri: "s3://jars/job.jar", parallelism: 2, from: "2025-01-01" },
          resources: { cpu: "2", mem: "4Gi" },
        },
        {
          id: "stream",
          kind: "flink_job",
          image: "flink:1.20.1",
          params: { sql: "insert into x select * from y", streaming: true },
        },
      ],
      edges: [],
    },
  },
  workers: {
    dag: {
      nodes: [
        {
          id: "backtest",
          kind: "ray_job",
          image: "ghcr.io/archetype/trainers:0.8.1",
          params: { workers: 4 },
          resources: { cpu: "8", mem: "32Gi" },
        },
        {
          id: "scan",
          kind: "ray_job",
          image: "ghcr.io/archetype/trainers:0.8.1",
          params: { workers: 2, max_workers: 6 },
          locality: "iceberg",
        },
        {
          id: "stream",
          kind: "flink_job",
          image: "flink:1.20.1",
          params: { sql: "insert into x select * from y", parallelism: 8, streaming: true },
          resources: { cpu: "2", mem: "4Gi" },
        },
      ],
      edges: [],
    },
  },
  materialize_view: {
    dag: {
      nodes: [{ id: "view", kind: "materialize_view", params: { sql: "create materialized view v as select 1" } }],
      edges: [],
    },
  },
  custom_crd: {
    dag: {
      nodes: [
        {
          id: "simulate",
          kind: "custom_crd",
          params: rayJob("python simulate.py --out ${ORCH_OUT_PATHS} '{{not.a.tag}}'", { labels: { own: "label" } }),
          outs: ["paths"],
        },
      ],
      edges: [],
    },
  },
};
