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
} from "../system/index.ts";
import { OPERATORS_NAMESPACE } from "./constants.ts";

/** Values of the chart. */
export function planKuberayValues({ availability, monitoring }: Pick<SystemArgs, "availability" | "monitoring">) {
  return {
    fullnameOverride: "kuberay-operator",
    image: { tag: CHARTS.kuberayOperator.appVersion },
    // One works, the other takes over.
    replicas: replicas(availability),
    leaderElectionEnabled: true,
    // A DAG's layer may make dozens of clusters at once.
    reconcileConcurrency: 10,
    // Kueue decides admission, Kubernetes places: no third scheduler.
    batchScheduler: { enabled: false },
    metrics: { enabled: true, serviceMonitor: { enabled: monitoring } },
    nodeSelector: { ...ON_SYSTEM_NODES },
    podSecurityContext: POD_SECURITY,
    securityContext: CONTAINER_SECURITY,
    // The chart's limit of a tenth of a core would throttle it.
    resources: { ...resources({ cpu: "200m", memory: "1Gi" }), limits: { cpu: null, memory: "1Gi" } },
  };
}

/** What turns RayClusters, RayJobs and RayServices into pods. */
export class KuberayOperator extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  /** @param args its namespace is `OPERATORS_NAMESPACE`: depend on it */
  constructor(name: string, args: SystemArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:compute:KuberayOperator", name, {}, opts);
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.kuberayOperator,
        mirror: args.mirror,
        namespace: OPERATORS_NAMESPACE,
        values: planKuberayValues(args),
      },
      { parent: this, provider: args.cluster.provider },
    );
    this.ready = [release];
    this.registerOutputs({ namespace: OPERATORS_NAMESPACE });
  }
}
