import { OBJECTIVES } from "../alerts/objectives.ts";
import type { Dashboard } from "./panels.ts";

const USERS = 'route!~"/-/.*"';

export const INFERENCE: Dashboard = {
  name: "inference",
  title: "Inference (Ray Serve)",
  panels: [
    {
      title: "Latency at the gateway, p99",
      description: "Promised: 150 ms inside the cluster.",
      unit: "ms",
      limit: { value: OBJECTIVES.inferenceLatencyMs },
      queries: [{ expr: "orch:inference_latency_ms:p99", legend: "{{application}}" }],
    },
    {
      title: "Latency at the gateway, p50",
      unit: "ms",
      queries: [
        {
          expr: `histogram_quantile(0.5, sum by (application, le) (rate(ray_serve_http_request_latency_ms_bucket{${USERS}}[5m])))`,
          legend: "{{application}}",
        },
      ],
    },
    {
      title: "Requests per second",
      unit: "reqps",
      queries: [
        {
          expr: `sum by (application) (rate(ray_serve_num_http_requests_total{${USERS}}[5m]))`,
          legend: "{{application}}",
        },
      ],
    },
    {
      title: "Errors per second",
      unit: "reqps",
      queries: [
        {
          expr: `sum by (application, error_code) (rate(ray_serve_num_http_error_requests_total{${USERS}}[5m]))`,
          legend: "{{application}} {{error_code}}",
        },
      ],
    },
    {
      title: "Queued",
      description: "More than a few for longer than scaling takes (30 s): replicas or nodes are at their maximum.",
      unit: "short",
      queries: [
        {
          expr: "sum by (application, deployment) (ray_serve_deployment_queued_queries)",
          legend: "{{application}} {{deployment}}",
        },
      ],
    },
    {
      title: "Healthy replicas",
      unit: "short",
      queries: [
        {
          expr: "sum by (application, deployment) (ray_serve_deployment_replica_healthy)",
          legend: "{{application}} {{deployment}}",
        },
      ],
    },
    {
      title: "Time in the model, p99",
      unit: "ms",
      queries: [
        {
          expr: "histogram_quantile(0.99, sum by (application, deployment, le) (rate(ray_serve_deployment_processing_latency_ms_bucket[5m])))",
          legend: "{{application}} {{deployment}}",
        },
      ],
    },
  ],
};
