import type { Judged } from "../alerts/objectives.ts";
import type { DashboardFile } from "../grafana.ts";
import { COST } from "./cost.ts";
import { DAG_RUNS } from "./dag-runs.ts";
import { GPUS } from "./gpus.ts";
import { INFERENCE } from "./inference.ts";
import { planDashboard } from "./panels.ts";
import { QUEUES } from "./queues.ts";
import { SUBMISSIONS } from "./submissions.ts";

/**
 * The pages that what is installed has numbers for. The library behind them takes a sixth of a second to load: import this
 * module where Grafana is installed, not at the start.
 */
export function planDashboards(judged: Judged): DashboardFile[] {
  return [
    DAG_RUNS,
    QUEUES,
    COST,
    ...(judged.gpus ? [GPUS] : []),
    ...(judged.redpanda ? [SUBMISSIONS] : []),
    ...(judged.rayServe ? [INFERENCE] : []),
  ].map(planDashboard);
}
