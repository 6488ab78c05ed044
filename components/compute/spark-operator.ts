import * as pulumi from "@pulumi/pulumi";
import { TEAM_LABEL } from "../security/index.ts";
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
import { OPERATORS_NAMESPACE, SPARK_WEBHOOK_PORT } from "./constants.ts";

/** Values of the chart. Its webhook makes its own certificates, so that it needs no cert-manager. */
export function planSparkOperatorValues({ availability, monitoring }: Pick<SystemArgs, "availability" | "monitoring">) {
  const several = replicas(availability);
  const common = (component: string) => ({
    replicas: several,
    leaderElection: { enable: true },
    nodeSelector: { ...ON_SYSTEM_NODES },
    podSecurityContext: { ...POD_SECURITY, fsGroup: 185 },
    securityContext: CONTAINER_SECURITY,
    podDisruptionBudget: { enable: several > 1, minAvailable: 1 },
    topologySpreadConstraints: spreadOver({
      "app.kubernetes.io/name": "spark-operator",
      "app.kubernetes.io/component": component,
    }),
  });
  return {
    fullnameOverride: "spark-operator",
    image: { tag: CHARTS.sparkOperator.appVersion },
    spark: {
      // Teams' namespaces, whenever they come: a list would have to be there before the operator, and outlive it.
      jobNamespaces: [],
      jobNamespaceSelector: TEAM_LABEL,
      serviceAccount: { create: false },
      rbac: { create: false },
    },
    controller: {
      ...common("controller"),
      workers: 10,
      kubeAPIQPS: 100,
      kubeAPIBurst: 200,
      resources: resources({ cpu: "200m", memory: "1Gi" }),
    },
    webhook: {
      ...common("webhook"),
      enable: true,
      port: SPARK_WEBHOOK_PORT,
      // Without it a driver would miss its volumes and its security context: better none than one like that.
      failurePolicy: "Fail",
      resources: resources({ cpu: "100m", memory: "256Mi" }),
    },
    prometheus: { metrics: { enable: true }, podMonitor: { create: monitoring } },
    certManager: { enable: false },
  };
}

/** What turns SparkApplications into drivers. */
export class SparkOperator extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  /** @param args its namespace is `OPERATORS_NAMESPACE`: depend on it */
  constructor(name: string, args: SystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:SparkOperator", name, {}, opts);
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.sparkOperator,
        mirror: args.mirror,
        namespace: OPERATORS_NAMESPACE,
        values: planSparkOperatorValues(args),
      },
      { parent: this, provider: args.cluster.provider },
    );
    this.ready = [release];
    this.registerOutputs({ namespace: OPERATORS_NAMESPACE });
  }
}
