import { CAPACITY_LABEL, POOL_LABEL } from "../../cluster/constants.ts";
import type { RuleGroup } from "./rules.ts";

/** USD per hour and node of each pool; what AWS lists, since what is paid is known only at the month's end. */
export type NodePrices = Readonly<Record<string, number>>;

/** kube-state-metrics writes a node's label `a.b/c` as `label_a_b_c`. */
const asLabel = (label: string) => `label_${label.replaceAll(/[^a-zA-Z0-9]/g, "_")}`;
const POOL = asLabel(POOL_LABEL);
const CAPACITY = asLabel(CAPACITY_LABEL);

/** What the teams' running pods ask for, by how their node was bought. */
const requested = (resource: string) =>
  [
    `sum by (${CAPACITY}) (`,
    `(sum by (namespace, pod, node) (kube_pod_container_resource_requests{resource="${resource}", namespace=~"team-.+"})`,
    ' * on (namespace, pod) group_left () (max by (namespace, pod) (kube_pod_status_phase{phase="Running"}) == 1))',
    ` * on (node) group_left (${CAPACITY}) max by (node, ${CAPACITY}) (kube_node_labels))`,
  ].join("");

/** What nodes cost and how much of the work is on spot. */
export function planCostRules(spotShare: number, prices: NodePrices): RuleGroup {
  return {
    name: "orch-cost",
    rules: [
      { record: "orch:nodes:count", expr: `count by (${POOL}, ${CAPACITY}) (kube_node_labels{${POOL}!=""})` },
      ...Object.entries(prices).map(([pool, usd]) => ({
        record: "orch:node_cost_usd:rate1h",
        expr: `sum by (${POOL}) (orch:nodes:count{${POOL}="${pool}"}) * ${usd}`,
      })),
      { record: "orch:team_cores:sum", expr: requested("cpu") },
      { record: "orch:team_gpus:sum", expr: requested("nvidia_com_gpu") },
      {
        record: "orch:spot_share:ratio",
        // A day: a single training on-demand at night is no missed goal.
        expr: `sum(sum_over_time(orch:team_cores:sum{${CAPACITY}="spot"}[1d])) / sum(sum_over_time(orch:team_cores:sum[1d]))`,
      },
      {
        alert: "TooLittleSpot",
        expr: `orch:spot_share:ratio < ${spotShare}`,
        for: "6h",
        severity: "warning",
        summary: `{{ $value | humanizePercentage }} of the teams' core hours of the last day were spot; the goal is ${Math.round(spotShare * 100)} %.`,
        runbook:
          "Cost dashboard: which team? DAGs with `qos: on_demand` that could say `spot_ok`, a spot quota that is too small, or spot stock-out (more instance types of the same shape).",
      },
    ],
  };
}
