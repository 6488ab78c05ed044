/** A Helm chart at one version; the values of its component are tested against exactly this one. */
export interface Chart {
  readonly name: string;
  readonly repository: string;
  readonly version: string;
  /** Version of what it installs, e.g. `v4.0.6`. */
  readonly appVersion: string;
}

const pin = (name: string, repository: string, version: string, appVersion: string): Chart => ({
  name,
  repository,
  version,
  appVersion,
});

const ARGO = "https://argoproj.github.io/argo-helm";
const GRAFANA = "https://grafana-community.github.io/helm-charts";

/** Every chart of the platform, pinned once. */
export const CHARTS = {
  alloy: pin("alloy", "https://grafana.github.io/helm-charts", "1.11.1", "v1.18.1"),
  argoWorkflows: pin("argo-workflows", ARGO, "1.0.18", "v4.0.6"),
  certManager: pin("cert-manager", "oci://quay.io/jetstack/charts", "v1.21.1", "v1.21.1"),
  clickhouseOperator: pin("altinity-clickhouse-operator", "https://helm.altinity.com", "0.25.6", "0.25.6"),
  cloudnativePg: pin("cloudnative-pg", "https://cloudnative-pg.github.io/charts", "0.29.0", "1.30.0"),
  clusterAutoscaler: pin("cluster-autoscaler", "https://kubernetes.github.io/autoscaler", "9.59.0", "1.35.0"),
  dcgmExporter: pin("dcgm-exporter", "https://nvidia.github.io/dcgm-exporter/helm-charts", "4.8.2", "4.8.2"),
  externalSecrets: pin("external-secrets", "https://charts.external-secrets.io", "2.9.0", "v2.9.0"),
  flinkOperator: pin(
    "flink-kubernetes-operator",
    "https://downloads.apache.org/flink/flink-kubernetes-operator-1.15.0",
    "1.15.0",
    "1.15.0",
  ),
  gatekeeper: pin("gatekeeper", "https://open-policy-agent.github.io/gatekeeper/charts", "3.23.0", "v3.23.0"),
  grafana: pin("grafana", GRAFANA, "12.11.1", "13.2.0"),
  harbor: pin("harbor", "https://helm.goharbor.io", "1.19.1", "2.15.1"),
  keda: pin("keda", "https://kedacore.github.io/charts", "2.20.2", "2.20.2"),
  kubePrometheusStack: pin(
    "kube-prometheus-stack",
    "https://prometheus-community.github.io/helm-charts",
    "88.5.3",
    "v0.93.1",
  ),
  kuberayOperator: pin("kuberay-operator", "https://ray-project.github.io/kuberay-helm", "1.7.0", "v1.7.0"),
  kueue: pin("kueue", "oci://registry.k8s.io/kueue/charts", "0.19.2", "v0.19.2"),
  loki: pin("loki", GRAFANA, "18.11.0", "3.7.6"),
  materializeOperator: pin(
    "materialize-operator",
    "https://materializeinc.github.io/materialize",
    "v26.12.0",
    "v26.12.0",
  ),
  metricsServer: pin("metrics-server", "https://kubernetes-sigs.github.io/metrics-server", "3.13.1", "0.8.1"),
  nvidiaDevicePlugin: pin("nvidia-device-plugin", "https://nvidia.github.io/k8s-device-plugin", "0.20.0", "0.20.0"),
  redpanda: pin("redpanda", "https://charts.redpanda.com", "26.2.2", "v26.2.1"),
  redpandaOperator: pin("operator", "https://charts.redpanda.com", "26.2.2", "v26.2.2"),
  sparkOperator: pin("spark-operator", "https://kubeflow.github.io/spark-operator", "2.5.2", "2.5.2"),
  tempo: pin("tempo", GRAFANA, "2.2.4", "2.10.8"),
  trino: pin("trino", "https://trinodb.github.io/charts", "1.42.2", "480"),
  vault: pin("vault", "https://helm.releases.hashicorp.com", "0.34.1", "2.0.4"),
} as const satisfies Record<string, Chart>;

/** Where a chart comes from: its own repository, or `mirror` (one OCI or HTTP address that holds all of them). */
export function chartSource(
  chart: Chart,
  mirror?: string,
): { chart: string; version: string; repositoryOpts?: { repo: string } } {
  const repository = mirror ?? chart.repository;
  if (repository.startsWith("oci://")) return { chart: `${repository}/${chart.name}`, version: chart.version };
  return { chart: chart.name, version: chart.version, repositoryOpts: { repo: repository } };
}
