import type { Dashboard } from "./panels.ts";

export const DAG_RUNS: Dashboard = {
  name: "dag-runs",
  title: "DAG runs",
  panels: [
    {
      title: "Running",
      unit: "short",
      stat: true,
      queries: [{ expr: 'sum(argo_workflows_gauge{phase="Running"})', legend: "DAGs" }],
    },
    {
      title: "Waiting",
      unit: "short",
      stat: true,
      queries: [{ expr: 'sum(argo_workflows_gauge{phase="Pending"})', legend: "DAGs" }],
    },
    {
      title: "Failed in the last hour",
      unit: "short",
      stat: true,
      limit: { value: 5 },
      queries: [{ expr: 'sum(orch:dags_finished:increase1h{phase=~"Failed|Error"})', legend: "DAGs" }],
    },
    {
      title: "Succeeded in the last hour",
      unit: "short",
      stat: true,
      queries: [{ expr: 'sum(orch:dags_finished:increase1h{phase="Succeeded"})', legend: "DAGs" }],
    },
    {
      title: "DAGs by phase",
      unit: "short",
      queries: [{ expr: "sum by (phase) (argo_workflows_gauge)", legend: "{{phase}}" }],
    },
    {
      title: "Finished per minute",
      unit: "short",
      queries: [
        {
          expr: 'sum by (phase) (rate(argo_workflows_total_count{phase=~"Succeeded|Failed|Error"}[5m])) * 60',
          legend: "{{phase}}",
        },
      ],
    },
    {
      title: "Pods by phase",
      unit: "short",
      queries: [{ expr: "sum by (phase) (argo_workflows_pods_gauge)", legend: "{{phase}}" }],
    },
    {
      title: "Pods of runs, by team",
      unit: "short",
      queries: [
        {
          expr: 'sum by (label_team) (kube_pod_status_phase{phase="Running"} * on (namespace, pod) group_left (label_team) max by (namespace, pod, label_team) (kube_pod_labels{label_submission_id!=""}))',
          legend: "{{label_team}}",
        },
      ],
    },
    {
      title: "Time the controller takes over a Workflow",
      description: "Rises with the size of DAGs; above a second, layers of a DAG wait for the controller.",
      unit: "s",
      limit: { value: 1 },
      queries: [
        {
          expr: "histogram_quantile(0.95, sum by (le) (rate(argo_workflows_operation_duration_seconds_bucket[5m])))",
          legend: "p95",
        },
        {
          expr: "histogram_quantile(0.5, sum by (le) (rate(argo_workflows_operation_duration_seconds_bucket[5m])))",
          legend: "p50",
        },
      ],
    },
    {
      title: "What waits for the controller",
      unit: "short",
      queries: [{ expr: "max by (queue_name) (argo_workflows_queue_depth_gauge)", legend: "{{queue_name}}" }],
    },
    {
      title: "Errors of the controller",
      unit: "short",
      queries: [{ expr: "sum by (cause) (increase(argo_workflows_error_count[10m]))", legend: "{{cause}}" }],
    },
    {
      title: "Log lines it calls errors",
      unit: "short",
      queries: [
        { expr: 'sum by (level) (increase(argo_workflows_log_messages{level="error"}[10m]))', legend: "{{level}}" },
      ],
    },
  ],
};
