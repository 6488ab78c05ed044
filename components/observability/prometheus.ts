import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  CAPACITY_LABEL,
  CLASS_LABEL,
  type Cluster,
  INSTANCE_TYPE_LABEL,
  POOL_LABEL,
  ZONE_LABEL,
} from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import { MONITORING_NAMESPACE, NODE_AGENTS_NAMESPACE, PROMETHEUS_PODS, PROMETHEUS_RELEASE } from "./constants.ts";

export interface PrometheusSettings {
  readonly availability: Availability;
  /** Days that samples are kept. */
  readonly retentionDays: number;
  /** GiB of disk of each Prometheus; the oldest samples go when nine tenths are full. */
  readonly storageGiB: number;
  /** StorageClass of the disks. Default: the cluster's default class. */
  readonly storageClass?: string | undefined;
  /** URL that alerts are posted to, as Alertmanager's webhook sends them; no token in it. Default: they are only shown. */
  readonly alertWebhook?: string | undefined;
  /** Name put on every series, e.g. `orch-prod`: tells clusters apart where they are looked at together. */
  readonly clusterName: string;
}

export interface PrometheusArgs extends PrometheusSettings {
  readonly cluster: Cluster;
  /** One address that holds all charts. Default: the chart's own repository. */
  readonly mirror?: string | undefined;
  /** Where nodes are: their kubelets and exporters listen on their own addresses. CIDR. */
  readonly nodeCidrs: readonly string[];
}

/** Node labels that questions of cost ask by: what it is bought as, which pool, which machine. */
const NODE_LABELS = [CAPACITY_LABEL, POOL_LABEL, CLASS_LABEL, INSTANCE_TYPE_LABEL, ZONE_LABEL];

/** Values of the chart. Grafana is not in them: its password comes from Vault, and Vault comes after Prometheus. */
export function planPrometheusValues(args: PrometheusSettings) {
  const several = args.availability === "high";
  const disk = (gibibytes: number) => ({
    volumeClaimTemplate: {
      spec: {
        ...(args.storageClass === undefined ? {} : { storageClassName: args.storageClass }),
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: `${gibibytes}Gi` } },
      },
    },
  });
  return {
    fullnameOverride: PROMETHEUS_RELEASE,
    crds: { enabled: true },
    // EKS runs these itself and lets nobody scrape them; kube-proxy listens on its own loopback only.
    kubeControllerManager: { enabled: false },
    kubeScheduler: { enabled: false },
    kubeEtcd: { enabled: false },
    kubeProxy: { enabled: false },
    defaultRules: {
      create: true,
      rules: {
        etcd: false,
        kubeControllerManager: false,
        kubeProxy: false,
        kubeSchedulerAlerting: false,
        kubeSchedulerRecording: false,
        windows: false,
      },
    },
    grafana: { enabled: false, forceDeployDashboards: true },
    prometheusOperator: {
      resources: resources({ cpu: "100m", memory: "256Mi" }),
      nodeSelector: { ...ON_SYSTEM_NODES },
      containerSecurityContext: CONTAINER_SECURITY,
      prometheusConfigReloader: { resources: resources({ cpu: "10m", memory: "64Mi" }) },
      admissionWebhooks: {
        patch: { nodeSelector: { ...ON_SYSTEM_NODES }, resources: resources({ cpu: "50m", memory: "64Mi" }) },
      },
    },
    prometheus: {
      podDisruptionBudget: { enabled: several, minAvailable: 1 },
      prometheusSpec: {
        // Two that scrape the same: each has all samples, so that losing one loses nothing.
        replicas: replicas(args.availability),
        retention: `${args.retentionDays}d`,
        retentionSize: `${Math.floor(args.storageGiB * 0.9)}GiB`,
        storageSpec: disk(args.storageGiB),
        walCompression: true,
        externalLabels: { cluster: args.clusterName },
        // Monitors and rules count wherever they are and whoever made them.
        serviceMonitorSelectorNilUsesHelmValues: false,
        podMonitorSelectorNilUsesHelmValues: false,
        ruleSelectorNilUsesHelmValues: false,
        probeSelectorNilUsesHelmValues: false,
        scrapeConfigSelectorNilUsesHelmValues: false,
        // The collector hands on what pods push by OTLP.
        enableRemoteWriteReceiver: true,
        // From a sample to the trace it was taken in.
        enableFeatures: ["exemplar-storage"],
        scrapeInterval: "30s",
        evaluationInterval: "30s",
        resources: resources(several ? { cpu: "1", memory: "6Gi" } : { cpu: "250m", memory: "2Gi" }),
        nodeSelector: { ...ON_SYSTEM_NODES },
        topologySpreadConstraints: spreadOver(PROMETHEUS_PODS),
      },
    },
    alertmanager: {
      config: planRouting(args.alertWebhook),
      podDisruptionBudget: { enabled: several, minAvailable: 1 },
      alertmanagerSpec: {
        // Three agree on who has told whom.
        replicas: replicas(args.availability, 3),
        storage: disk(2),
        resources: resources({ cpu: "50m", memory: "128Mi" }),
        nodeSelector: { ...ON_SYSTEM_NODES },
        topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "alertmanager" }),
      },
    },
    "kube-state-metrics": {
      metricLabelsAllowlist: [
        `nodes=[${NODE_LABELS.join(",")}]`,
        // A run's own labels, on its pods: bounded by the pods that exist, gone with them.
        "pods=[submission_id,pipeline_id,node_id,team,kueue.x-k8s.io/queue-name]",
      ],
      nodeSelector: { ...ON_SYSTEM_NODES },
      resources: resources({ cpu: "50m", memory: "512Mi" }),
    },
    "prometheus-node-exporter": {
      // It reads the host's file systems: no other pod of this room needs that.
      namespaceOverride: NODE_AGENTS_NAMESPACE,
      resources: resources({ cpu: "50m", memory: "64Mi" }),
      // Every node, whatever it is tainted for; and no job's pod may push it off.
      tolerations: [{ operator: "Exists" }],
      priorityClassName: "system-node-critical",
    },
  };
}

/** Who hears of an alert; the chart's own inhibitions stay. */
function planRouting(webhook: string | undefined) {
  const silent = { name: "null" };
  if (webhook === undefined) return { receivers: [silent] };
  return {
    route: {
      receiver: "webhook",
      group_by: ["alertname", "team"],
      // The one that always fires, and those that only mute others, are for machines.
      routes: [{ receiver: "null", matchers: ['alertname =~ "Watchdog|InfoInhibitor"'] }],
    },
    receivers: [silent, { name: "webhook", webhook_configs: [{ url: webhook, send_resolved: true }] }],
  };
}

/** Prometheus may open connections to every pod, and to the nodes' own exporters; nothing else in its namespace may. */
export function planScrapeEgress(nodeCidrs: readonly string[]): k8s.types.input.networking.v1.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: { ...PROMETHEUS_PODS } },
    policyTypes: ["Egress"],
    egress: [
      { to: [{ namespaceSelector: {} }] },
      {
        to: nodeCidrs.map((cidr) => ({ ipBlock: { cidr } })),
        // Kubelet, node exporter.
        ports: [10_250, 9100].map((port) => ({ protocol: "TCP", port })),
      },
    ],
  };
}

/** Prometheus, its operator and Alertmanager; after it, ServiceMonitors and PrometheusRules can be created. */
export class Prometheus extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:observability:Prometheus", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const egress = new k8s.networking.v1.NetworkPolicy(
      `${name}-scrapes`,
      {
        metadata: { name: "prometheus-scrapes", namespace: MONITORING_NAMESPACE, labels: { ...MANAGED_BY } },
        spec: planScrapeEgress(args.nodeCidrs),
      },
      child,
    );
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.kubePrometheusStack,
        release: PROMETHEUS_RELEASE,
        mirror: args.mirror,
        namespace: MONITORING_NAMESPACE,
        values: planPrometheusValues(args),
        timeout: 900,
      },
      { ...child, dependsOn: [egress] },
    );
    this.ready = [release];
    this.registerOutputs({ namespace: MONITORING_NAMESPACE });
  }
}
