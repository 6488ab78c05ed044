import * as pulumi from "@pulumi/pulumi";
import {
  type Availability,
  CHARTS,
  chartRelease,
  ON_SYSTEM_NODES,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import type { Cluster } from "./cluster.ts";

export interface MetricsServerArgs {
  readonly cluster: Cluster;
  readonly availability: Availability;
  /** One address that holds all charts. Default: the chart's own repository. */
  readonly mirror?: string;
}

export function planMetricsServerValues({ availability }: Pick<MetricsServerArgs, "availability">) {
  return {
    fullnameOverride: "metrics-server",
    replicas: replicas(availability),
    // Its own certificate would be one that the API server cannot check.
    tls: { type: "helm" },
    apiService: { insecureSkipTLSVerify: false },
    podDisruptionBudget: { enabled: availability === "high", maxUnavailable: 1 },
    resources: resources({ cpu: "100m", memory: "256Mi" }),
    nodeSelector: ON_SYSTEM_NODES,
    topologySpreadConstraints: spreadOver({ "app.kubernetes.io/name": "metrics-server" }),
  };
}

/** What pods and nodes use right now: `kubectl top`, and what scales by use, as Trino's workers do. EKS brings none. */
export class MetricsServer extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:MetricsServer", name, {}, opts);
    const release = chartRelease(
      `${name}-chart`,
      // Beside the other parts of the cluster itself: it asks every kubelet.
      {
        chart: CHARTS.metricsServer,
        mirror: args.mirror,
        namespace: "kube-system",
        values: planMetricsServerValues(args),
      },
      { parent: this, provider: args.cluster.provider },
    );
    this.ready = [release];
    this.registerOutputs({});
  }
}
