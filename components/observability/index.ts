export { Alerts, type AlertsArgs } from "./alerts/alerts.ts";
export { type NodePrices, planCostRules } from "./alerts/cost.ts";
export { type Judged, OBJECTIVES, type Objectives, planObjectives } from "./alerts/objectives.ts";
export { type AlertRule, planRuleGroup, type RecordingRule, type RuleGroup } from "./alerts/rules.ts";
export { Alloy, type AlloyArgs, type AlloySettings, planAlloyValues, planOtlpIngress } from "./alloy.ts";
export { type AlloyPipelines, LINE_METADATA, planAlloyConfig, STREAM_LABELS } from "./alloy-config.ts";
export * from "./constants.ts";
export { DcgmExporter, type DcgmExporterArgs, planDcgmValues } from "./dcgm.ts";
export { type DashboardFile, Grafana, type GrafanaArgs, type GrafanaSettings, planGrafanaValues } from "./grafana.ts";
export { Loki, type LokiArgs, type LokiSettings, planLokiValues } from "./loki.ts";
export { MARQUEZ_IMAGE, Marquez, type MarquezArgs, planMarquezConfig, planMarquezPods } from "./marquez.ts";
export { type ObjectStore, storePermissions } from "./object-store.ts";
export {
  Prometheus,
  type PrometheusArgs,
  type PrometheusSettings,
  planPrometheusValues,
  planScrapeEgress,
} from "./prometheus.ts";
export { planTempoValues, Tempo, type TempoArgs, type TempoSettings } from "./tempo.ts";
