import * as pulumi from "@pulumi/pulumi";
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
import { KEDA_NAMESPACE } from "./constants.ts";

/** Ports on which the API server calls it: its webhook, and the metrics API that autoscalers ask. */
export const KEDA_WEBHOOK_PORTS: readonly number[] = [9443, 6443];

export function planKedaValues(
  { availability, monitoring }: Pick<SystemArgs, "availability" | "monitoring">,
  clusterName: string,
) {
  const parts = <T>(value: T) => ({ operator: value, metricServer: value, webhooks: value });
  const spread = (app: string) => spreadOver({ app });
  const measured = { enabled: monitoring, serviceMonitor: { enabled: monitoring } };
  return {
    clusterName,
    crds: { install: true },
    asciiArt: false,
    image: { pullPolicy: "IfNotPresent" },
    operator: { replicaCount: replicas(availability) },
    metricsServer: { replicaCount: replicas(availability) },
    webhooks: { replicaCount: replicas(availability) },
    podDisruptionBudget: parts(availability === "high" ? { minAvailable: 1 } : {}),
    nodeSelector: { ...ON_SYSTEM_NODES },
    topologySpreadConstraints: {
      operator: spread("keda-operator"),
      metricsServer: spread("keda-operator-metrics-apiserver"),
      webhooks: spread("keda-admission-webhooks"),
    },
    podSecurityContext: parts(POD_SECURITY),
    securityContext: parts(CONTAINER_SECURITY),
    resources: {
      operator: resources({ cpu: "100m", memory: "512Mi" }),
      metricServer: resources({ cpu: "100m", memory: "256Mi" }),
      webhooks: resources({ cpu: "50m", memory: "128Mi" }),
    },
    // It scales what has `scale`, and does not learn every kind in the cluster for that.
    rbac: { create: true, enabledCustomScaledRefKinds: false },
    prometheus: parts(measured),
  };
}

/** KEDA itself; what it scales is a `LagScaler`. */
export class Keda extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: SystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:queue:Keda", name, {}, opts);
    this.ready = [
      chartRelease(
        `${name}-chart`,
        {
          chart: CHARTS.keda,
          namespace: KEDA_NAMESPACE,
          mirror: args.mirror,
          values: planKedaValues(args, args.cluster.facts.name),
        },
        { parent: this, provider: args.cluster.provider },
      ),
    ];
    this.registerOutputs({ namespace: KEDA_NAMESPACE });
  }
}
