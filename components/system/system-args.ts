import type { Cluster } from "../cluster/index.ts";
import type { Availability } from "./baseline.ts";

/** What every system that comes from a chart is told. */
export interface SystemArgs {
  readonly cluster: Cluster;
  /** How many of it run. */
  readonly availability: Availability;
  /** Whether there is a Prometheus that finds service monitors. */
  readonly monitoring: boolean;
  /** One address that holds all charts. Default: the chart's own repository. */
  readonly mirror?: string;
}
