/** Names that other rooms, network policies and tests rely on. No imports here. */

/** Prometheus, Alertmanager, Grafana, Loki, Tempo, Marquez. */
export const MONITORING_NAMESPACE = "monitoring";
/** What reads the nodes themselves (logs on disk, hardware): one pod per node, with the rights that this takes. */
export const NODE_AGENTS_NAMESPACE = "node-agents";

/** Labels of the pods that scrape; a namespace lets these in, not all of `monitoring`. */
export const PROMETHEUS_PODS = { "app.kubernetes.io/name": "prometheus" } as const;

/** Names of releases are fixed: services are named after them. */
export const PROMETHEUS_RELEASE = "prometheus";
export const PROMETHEUS_URL = `http://prometheus-prometheus.${MONITORING_NAMESPACE}.svc:9090`;
export const ALERTMANAGER_URL = `http://prometheus-alertmanager.${MONITORING_NAMESPACE}.svc:9093`;
export const LOKI_URL = `http://loki.${MONITORING_NAMESPACE}.svc:3100`;
export const TEMPO_URL = `http://tempo.${MONITORING_NAMESPACE}.svc:3200`;
/** OTLP over gRPC, without a scheme: as collectors write it. */
export const TEMPO_OTLP = `tempo.${MONITORING_NAMESPACE}.svc:4317`;
/** OpenLineage events go to `/api/v1/lineage` below it. */
export const MARQUEZ_URL = `http://marquez.${MONITORING_NAMESPACE}.svc:5000`;
/** OTLP over HTTP, for traces, metrics and logs of everything that runs; what a stack's `endpoints.otlp` should be. */
export const OTLP_ENDPOINT = `http://alloy.${NODE_AGENTS_NAMESPACE}.svc:4318`;
/** TCP ports of the collector: OTLP over gRPC and over HTTP. */
export const OTLP_PORTS: readonly number[] = [4317, 4318];

/** Labels of a submission's pods (the compiler sets them) that logs and traces carry on. */
export const RUN_LABELS = ["submission_id", "pipeline_id", "node_id", "team"] as const;

/** TCP port on which the API server asks Prometheus' operator whether a rule is one. */
export const OPERATOR_WEBHOOK_PORT = 10_250;

/** TCP port of Grafana's pods. */
export const GRAFANA_PORT = 3000;
