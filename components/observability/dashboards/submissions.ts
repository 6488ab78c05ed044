import { OBJECTIVES } from "../alerts/objectives.ts";
import type { Dashboard } from "./panels.ts";

export const SUBMISSIONS: Dashboard = {
  name: "submissions",
  title: "Submissions on the way (Redpanda)",
  panels: [
    {
      title: "Waiting for their consumer",
      unit: "short",
      limit: { value: OBJECTIVES.lag },
      queries: [{ expr: "orch:consumer_lag:messages", legend: "{{redpanda_group}} {{redpanda_topic}}" }],
    },
    {
      title: "Written per second",
      unit: "cps",
      queries: [
        {
          expr: 'sum by (redpanda_topic) (rate(redpanda_kafka_max_offset{redpanda_topic!~"__.*"}[5m]))',
          legend: "{{redpanda_topic}}",
        },
      ],
    },
    {
      title: "Time of a request, p99",
      unit: "s",
      queries: [
        {
          expr: "histogram_quantile(0.99, sum by (redpanda_request, le) (rate(redpanda_kafka_request_latency_seconds_bucket[5m])))",
          legend: "{{redpanda_request}}",
        },
      ],
    },
    {
      title: "Partitions without a leader",
      unit: "short",
      limit: { value: 1 },
      queries: [{ expr: "max(redpanda_cluster_unavailable_partitions)", legend: "partitions" }],
    },
    {
      title: "Copies behind",
      unit: "short",
      limit: { value: 1 },
      queries: [
        { expr: "sum by (redpanda_topic) (redpanda_kafka_under_replicated_replicas)", legend: "{{redpanda_topic}}" },
      ],
    },
    {
      title: "Disk free",
      unit: "percentunit",
      limit: { value: 0.2, below: true },
      queries: [
        {
          expr: "min by (pod) (redpanda_storage_disk_free_bytes / redpanda_storage_disk_total_bytes)",
          legend: "{{pod}}",
        },
      ],
    },
  ],
};
