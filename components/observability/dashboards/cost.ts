import { OBJECTIVES } from "../alerts/objectives.ts";
import type { Dashboard } from "./panels.ts";

export const COST: Dashboard = {
  name: "cost",
  title: "Cost and spot share",
  panels: [
    {
      title: "Spot share of the last day",
      description: "Core hours of the teams' work on spot nodes; the goal is 70 %.",
      unit: "percentunit",
      stat: true,
      limit: { value: OBJECTIVES.spotShare, below: true },
      queries: [{ expr: "orch:spot_share:ratio", legend: "spot" }],
    },
    {
      title: "Nodes, list price per hour",
      unit: "currencyUSD",
      stat: true,
      queries: [{ expr: "sum(orch:node_cost_usd:rate1h)", legend: "USD" }],
    },
    {
      title: "Nodes, last 30 days",
      unit: "currencyUSD",
      stat: true,
      queries: [{ expr: "sum(avg_over_time(orch:node_cost_usd:rate1h[30d])) * 720", legend: "USD" }],
    },
    { title: "Nodes", unit: "short", stat: true, queries: [{ expr: "sum(orch:nodes:count)", legend: "nodes" }] },
    {
      title: "List price per hour, by pool",
      unit: "currencyUSD",
      queries: [
        { expr: "sum by (label_orch_dev_pool) (orch:node_cost_usd:rate1h)", legend: "{{label_orch_dev_pool}}" },
      ],
    },
    {
      title: "Nodes, by pool",
      unit: "short",
      queries: [{ expr: "sum by (label_orch_dev_pool) (orch:nodes:count)", legend: "{{label_orch_dev_pool}}" }],
    },
    {
      title: "Teams' cores, by how they are bought",
      unit: "short",
      queries: [
        { expr: "sum by (label_orch_dev_capacity) (orch:team_cores:sum)", legend: "{{label_orch_dev_capacity}}" },
      ],
    },
    {
      title: "Teams' GPUs, by how they are bought",
      unit: "short",
      queries: [
        { expr: "sum by (label_orch_dev_capacity) (orch:team_gpus:sum)", legend: "{{label_orch_dev_capacity}}" },
      ],
    },
    {
      title: "Cores asked for, by team",
      unit: "short",
      queries: [
        {
          expr: 'sum by (namespace) (kube_pod_container_resource_requests{resource="cpu", namespace=~"team-.+"})',
          legend: "{{namespace}}",
        },
      ],
    },
  ],
};
