import { OBJECTIVES } from "../alerts/objectives.ts";
import type { Dashboard } from "./panels.ts";

export const QUEUES: Dashboard = {
  name: "queues",
  title: "Queues",
  panels: [
    {
      title: "Wait for admission, p95",
      description: "Promised for backtests and trainings: two minutes.",
      unit: "s",
      limit: { value: OBJECTIVES.queueWaitSeconds },
      queries: [{ expr: "orch:queue_wait_seconds:p95", legend: "{{cluster_queue}}" }],
    },
    {
      title: "Waiting",
      description: "inadmissible: asks for what the quota can never give as it stands.",
      unit: "short",
      queries: [
        { expr: "sum by (cluster_queue, status) (kueue_pending_workloads)", legend: "{{cluster_queue}} {{status}}" },
      ],
    },
    {
      title: "Running",
      unit: "short",
      queries: [{ expr: "sum by (cluster_queue) (kueue_admitted_active_workloads)", legend: "{{cluster_queue}}" }],
    },
    {
      title: "Admitted per minute",
      unit: "short",
      queries: [
        { expr: "sum by (cluster_queue) (rate(kueue_admitted_workloads_total[5m])) * 60", legend: "{{cluster_queue}}" },
      ],
    },
    {
      title: "GPUs, whole or in slices: used of nominal",
      description: "Above one: borrowed from others.",
      unit: "percentunit",
      queries: [{ expr: usedOf("nvidia.com/(gpu|mig-.+)"), legend: "{{cluster_queue}} {{flavor}}" }],
    },
    {
      title: "Cores: used of nominal",
      unit: "percentunit",
      queries: [{ expr: usedOf("cpu"), legend: "{{cluster_queue}} {{flavor}}" }],
    },
    {
      title: "Taken back",
      description: "Preempted for another team's claim or a higher priority; evicted when pods did not get ready.",
      unit: "short",
      queries: [
        {
          expr: "sum by (cluster_queue, reason) (increase(kueue_evicted_workloads_total[30m]))",
          legend: "{{cluster_queue}} {{reason}}",
        },
      ],
    },
    {
      title: "Share against the others",
      description: "Kueue's weighted share: who is highest gives way first.",
      unit: "short",
      queries: [{ expr: "max by (cluster_queue) (kueue_cluster_queue_weighted_share)", legend: "{{cluster_queue}}" }],
    },
  ],
};

/** @param resource a regular expression; one flavor has one kind of what it fits */
function usedOf(resource: string): string {
  const by = "sum by (cluster_queue, flavor)";
  return `${by} (kueue_cluster_queue_resource_usage{resource=~"${resource}"}) / (${by} (kueue_cluster_queue_nominal_quota{resource=~"${resource}"}) > 0)`;
}
