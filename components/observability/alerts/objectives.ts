import { DEAD_LETTER_TOPIC, DISPATCHER_GROUP, JOBS_TOPIC } from "../../queue/constants.ts";
import { type NodePrices, planCostRules } from "./cost.ts";
import type { RuleGroup } from "./rules.ts";

/** What the platform promises (the requirements' section 11), as numbers. */
export interface Objectives {
  /** Seconds that 95 of 100 backtests and trainings wait for admission at most. Default: 120. */
  readonly queueWaitSeconds: number;
  /** Milliseconds that 99 of 100 answers of the inference gateway take at most, inside the cluster. Default: 150. */
  readonly inferenceLatencyMs: number;
  /** Part of the teams' cores that should be spot. Default: 0.7. */
  readonly spotShare: number;
  /** Messages that may wait for the dispatcher. Default: 1000. */
  readonly lag: number;
  /** Part of finished DAGs that may fail within an hour. Default: 0.2. */
  readonly failedShare: number;
}

export const OBJECTIVES: Objectives = {
  queueWaitSeconds: 120,
  inferenceLatencyMs: 150,
  spotShare: 0.7,
  lag: 1000,
  failedShare: 0.2,
};

/** Systems whose numbers are there to judge. */
export interface Judged {
  readonly redpanda: boolean;
  readonly rayServe: boolean;
  readonly gpus: boolean;
  readonly submissionService: boolean;
}

/** Series of the objectives, and alerts when one is missed. */
export function planObjectives(objectives: Objectives, judged: Judged, prices: NodePrices): RuleGroup[] {
  return [
    queues(objectives),
    dags(objectives),
    planCostRules(objectives.spotShare, prices),
    ...(judged.redpanda ? [lag(objectives)] : []),
    ...(judged.rayServe ? [inference(objectives)] : []),
    ...(judged.gpus ? [GPUS] : []),
    ...(judged.submissionService ? [WATCH] : []),
  ];
}

function queues({ queueWaitSeconds }: Objectives): RuleGroup {
  return {
    name: "orch-queues",
    rules: [
      {
        record: "orch:queue_wait_seconds:p95",
        expr: "histogram_quantile(0.95, sum by (cluster_queue, le) (rate(kueue_admission_wait_time_seconds_bucket[15m])))",
      },
      {
        alert: "QueueWaitTooLong",
        expr: `orch:queue_wait_seconds:p95 > ${queueWaitSeconds}`,
        for: "10m",
        severity: "warning",
        summary: `95 of 100 workloads in {{ $labels.cluster_queue }} wait up to {{ $value | humanizeDuration }}; promised are ${queueWaitSeconds} s.`,
        runbook:
          "Queues dashboard: is the queue out of quota (used = nominal + borrowed), or are nodes missing (workloads admitted, pods pending)? Out of quota: raise the team's quota or let others lend. Nodes missing: the pool's maximum, the account's EC2 limits, spot stock-out.",
      },
      {
        alert: "WorkloadsCannotBeAdmitted",
        expr: 'sum by (cluster_queue) (kueue_pending_workloads{status="inadmissible"}) > 0',
        for: "30m",
        severity: "warning",
        summary: "{{ $value }} workloads in {{ $labels.cluster_queue }} ask for what their quota cannot give.",
        runbook:
          "`kubectl describe workload` in the team's namespace says which resource. Either the quota is wrong, or the DAG's request is.",
      },
    ],
  };
}

function dags({ failedShare }: Objectives): RuleGroup {
  return {
    name: "orch-dags",
    rules: [
      {
        record: "orch:dags_finished:increase1h",
        expr: 'sum by (phase) (increase(argo_workflows_total_count{phase=~"Succeeded|Failed|Error"}[1h]))',
      },
      {
        alert: "DagsFail",
        // Five at least: one failure of two is no trend.
        expr: `sum(orch:dags_finished:increase1h{phase=~"Failed|Error"}) / sum(orch:dags_finished:increase1h) > ${failedShare} and sum(orch:dags_finished:increase1h{phase=~"Failed|Error"}) >= 5`,
        for: "5m",
        severity: "warning",
        summary: "{{ $value | humanizePercentage }} of the DAGs that finished in the last hour failed.",
        runbook:
          "DAG runs dashboard: one pipeline or all? One: `orch logs <id>`. All: the platform (image registry, object store, spot losses) before the pipelines.",
      },
      {
        alert: "DagsEndInError",
        expr: 'sum(increase(argo_workflows_total_count{phase="Error"}[30m])) > 3',
        for: "5m",
        severity: "critical",
        summary: "{{ $value }} DAGs ended in an error of the engine, not of their own, within 30 minutes.",
        runbook:
          "Log of `workflow-controller` in namespace orchestr; most often a Workflow over the size limit, a lost database or rights that were taken away.",
      },
      {
        alert: "WorkflowControllerDown",
        expr: "(max(argo_workflows_is_leader) or vector(0)) < 1",
        for: "5m",
        severity: "critical",
        summary: "No Argo controller leads: running DAGs stand still, new ones do not start.",
        runbook:
          "`kubectl -n orchestr get pods`. Pods of nodes that run go on; the controller picks up where it stopped.",
      },
      {
        alert: "WorkflowQueueDeep",
        expr: 'max by (queue_name) (argo_workflows_queue_depth_gauge{queue_name="workflow_queue"}) > 1000',
        for: "10m",
        severity: "warning",
        summary: "{{ $value }} changed Workflows wait for the controller.",
        runbook:
          "More workers (`controller.workflowWorkers`), a lower `parallelism`, or a second controller with a shard of its own.",
      },
    ],
  };
}

/** Redpanda counts lag itself only where told to; the difference of the two offsets it always reports. */
export const LAG = [
  "sum by (redpanda_group, redpanda_topic) (clamp_min(",
  "max by (redpanda_topic, redpanda_partition) (redpanda_kafka_max_offset)",
  " - on (redpanda_topic, redpanda_partition) group_right ()",
  " max by (redpanda_group, redpanda_topic, redpanda_partition) (redpanda_kafka_consumer_group_committed_offset)",
  ", 0))",
].join("");

function lag({ lag: most }: Objectives): RuleGroup {
  return {
    name: "orch-lag",
    rules: [
      { record: "orch:consumer_lag:messages", expr: LAG },
      {
        alert: "SubmissionsWait",
        expr: `orch:consumer_lag:messages{redpanda_topic="${JOBS_TOPIC}", redpanda_group="${DISPATCHER_GROUP}"} > ${most}`,
        for: "5m",
        severity: "critical",
        summary: "{{ $value }} accepted submissions wait for the dispatcher.",
        runbook:
          "Does the dispatcher scale (`kubectl -n orchestr get scaledobject`)? At its maximum: raise it, or partitions are fewer than replicas. Not scaling: KEDA's log. Scaled but slow: the API server or Kueue.",
      },
      {
        alert: "SubmissionsGivenUp",
        expr: `sum(increase(redpanda_kafka_max_offset{redpanda_topic="${DEAD_LETTER_TOPIC}"}[15m])) > 0`,
        for: "0m",
        severity: "warning",
        summary: "The dispatcher gave up on {{ $value }} submissions.",
        runbook: "The message's header says why. After the cause is gone: `orch rerun`.",
      },
      {
        alert: "PartitionsWithoutLeader",
        expr: "max(redpanda_cluster_unavailable_partitions) > 0",
        for: "2m",
        severity: "critical",
        summary: "{{ $value }} partitions have no leader: nothing can be written to them.",
        runbook: "Is more than one broker down? `rpk cluster health`.",
      },
    ],
  };
}

function inference({ inferenceLatencyMs }: Objectives): RuleGroup {
  // Ray's own paths (health, routes) start with /-/: they answer at once and would flatter the number.
  const answered = 'ray_serve_http_request_latency_ms_bucket{route!~"/-/.*"}';
  return {
    name: "orch-inference",
    rules: [
      {
        record: "orch:inference_latency_ms:p99",
        expr: `histogram_quantile(0.99, sum by (application, le) (rate(${answered}[5m])))`,
      },
      {
        alert: "InferenceTooSlow",
        expr: `orch:inference_latency_ms:p99 > ${inferenceLatencyMs}`,
        for: "5m",
        severity: "critical",
        summary: `p99 of {{ $labels.application }} is {{ $value }} ms; promised are ${inferenceLatencyMs} ms.`,
        runbook:
          "Ray Serve dashboard: requests queue (replicas at their maximum, or no node: raise max_replicas, min of the pool) or processing itself got slower (a new model, a GPU that throttles).",
      },
      {
        alert: "InferenceFails",
        expr: 'sum by (application) (rate(ray_serve_num_http_error_requests_total{error_code=~"5.."}[5m])) / sum by (application) (rate(ray_serve_num_http_requests_total[5m])) > 0.01',
        for: "5m",
        severity: "critical",
        summary: "{{ $value | humanizePercentage }} of the requests to {{ $labels.application }} fail.",
        runbook: "`kubectl -n serving get rayservice` and the log of its replicas in Loki.",
      },
    ],
  };
}

/** What of the submission service stays behind without anybody who submits noticing. */
const WATCH: RuleGroup = {
  name: "orch-watch",
  rules: [
    {
      alert: "NobodyWatchesRuns",
      expr: "(max(orch_watch_leading) or vector(0)) < 1",
      for: "5m",
      severity: "critical",
      summary: "No dispatcher watches runs: what becomes of them is not written down, and nobody is told.",
      runbook:
        "Do dispatchers run (`kubectl -n orchestr get pods`)? Then their log: the lease of the watch (`kubectl -n orchestr get lease`) cannot be read or renewed, the API server or the rights to it. Runs go on, and are caught up with; one whose Workflow goes meanwhile by its time to live ends as vanished.",
    },
    {
      alert: "SinkAway",
      expr: "max by (sink) (orch_sink_away) > 0",
      for: "15m",
      severity: "warning",
      summary: "{{ $labels.sink }} is not told what happens to runs.",
      runbook:
        "Log of the dispatcher that watches: why. lineage: Marquez, its database, or the bucket of results; traces: Alloy; the audit log, for both. Nothing is lost: what was missed is told once it answers.",
    },
  ],
};

const GPUS: RuleGroup = {
  name: "orch-gpus",
  rules: [
    {
      alert: "GpuBroken",
      expr: "max by (Hostname, gpu) (DCGM_FI_DEV_XID_ERRORS) > 0 and on (Hostname, gpu) changes(DCGM_FI_DEV_XID_ERRORS[10m]) > 0",
      for: "0m",
      severity: "warning",
      summary: "GPU {{ $labels.gpu }} of {{ $labels.Hostname }} reports error XID {{ $value }}.",
      runbook:
        "XID 48, 63, 64, 74, 79, 94, 95: drain the node, it will be replaced. XID 13, 31, 43: the program's own fault.",
    },
    {
      alert: "GpusIdle",
      expr: 'avg by (exported_namespace) (DCGM_FI_DEV_GPU_UTIL{exported_pod!=""}) < 5',
      for: "2h",
      severity: "warning",
      summary: "GPUs that {{ $labels.exported_namespace }} holds have done nothing for two hours.",
      runbook: "GPU dashboard says whose pods they are. A notebook or a stuck loader: cancel the submission.",
    },
  ],
};
