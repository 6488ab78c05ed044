import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MANAGED_BY } from "../security/index.ts";
import {
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  type SystemArgs,
  spreadOver,
} from "../system/index.ts";
import { OPERATORS_NAMESPACE } from "./constants.ts";

const METRICS_PORT = 9999;
const PODS = { "app.kubernetes.io/name": "flink-kubernetes-operator" } as const;
/** The image's own user. */
const FLINK_USER = 9999;

/** The operator's own settings, in Flink's notation. */
function settings(copies: number): string {
  return [
    "kubernetes.operator.reconcile.interval: 15 s",
    "kubernetes.operator.observer.progress-check.interval: 5 s",
    ...(copies > 1
      ? [
          "kubernetes.operator.leader-election.enabled: true",
          "kubernetes.operator.leader-election.lease-name: flink-operator",
        ]
      : []),
    "kubernetes.operator.metrics.reporter.prom.factory.class: org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
    `kubernetes.operator.metrics.reporter.prom.port: ${METRICS_PORT}`,
    "",
  ].join("\n");
}

/**
 * Values of the chart. Without its webhook: that needs cert-manager and comes with a keystore whose password everybody knows,
 * and the operator itself refuses what the webhook would have refused.
 */
export function planFlinkOperatorValues({ availability }: Pick<SystemArgs, "availability">) {
  const copies = replicas(availability);
  return {
    fullnameOverride: "flink-kubernetes-operator",
    image: { tag: CHARTS.flinkOperator.appVersion },
    replicas: copies,
    strategy: { type: copies > 1 ? "RollingUpdate" : "Recreate" },
    webhook: { create: false },
    // Every namespace: jobs are created in teams' namespaces, with accounts of the teams' own.
    watchNamespaces: [],
    jobServiceAccount: { create: false },
    rbac: { jobRole: { create: false }, jobRoleBinding: { create: false } },
    defaultConfiguration: { create: true, append: true, "flink-conf.yaml": settings(copies) },
    metrics: { port: METRICS_PORT },
    operatorPod: {
      nodeSelector: { ...ON_SYSTEM_NODES },
      topologySpreadConstraints: spreadOver(PODS),
      resources: resources({ cpu: "200m", memory: copies > 1 ? "2Gi" : "1Gi" }),
    },
    podSecurityContext: { ...POD_SECURITY, runAsUser: FLINK_USER, runAsGroup: FLINK_USER },
    // It unpacks jobs and writes its configuration into its own image's folders.
    operatorSecurityContext: { ...CONTAINER_SECURITY, readOnlyRootFilesystem: false },
  };
}

/** What turns FlinkDeployments into job and task managers. */
export class FlinkOperator extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  /** @param args its namespace is `OPERATORS_NAMESPACE`: depend on it */
  constructor(name: string, args: SystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:FlinkOperator", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.flinkOperator,
        mirror: args.mirror,
        namespace: OPERATORS_NAMESPACE,
        values: planFlinkOperatorValues(args),
      },
      child,
    );
    if (args.monitoring) {
      new k8s.apiextensions.CustomResource(
        `${name}-monitor`,
        {
          apiVersion: "monitoring.coreos.com/v1",
          kind: "PodMonitor",
          metadata: { name: "flink-kubernetes-operator", namespace: OPERATORS_NAMESPACE, labels: { ...MANAGED_BY } },
          spec: { selector: { matchLabels: { ...PODS } }, podMetricsEndpoints: [{ portNumber: METRICS_PORT }] },
        },
        child,
      );
    }
    this.ready = [release];
    this.registerOutputs({ namespace: OPERATORS_NAMESPACE });
  }
}
