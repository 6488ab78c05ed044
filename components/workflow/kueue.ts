import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Cluster } from "../cluster/index.ts";
import { MANAGED_BY } from "../security/index.ts";
import { CHARTS, CrdSet, chartRelease, type Installation } from "../system/index.ts";
import { COHORT, KUEUE_EXCLUDED_RESOURCES, KUEUE_NAMESPACE } from "./constants.ts";
import { planFlavors } from "./flavors.ts";
import { PRIORITY_CLASSES } from "./priorities.ts";

export const KUEUE_API = "kueue.x-k8s.io/v1beta2";

export interface KueueArgs {
  readonly cluster: Cluster;
  readonly installation: Installation;
  /** With `install: chart`: where it runs; depend on it. */
  readonly namespace?: string;
}

/** Kueue's own configuration file: what it manages, how teams share. */
export function planKueueConfig() {
  return {
    apiVersion: "config.kueue.x-k8s.io/v1beta2",
    kind: "Configuration",
    health: { healthProbeBindAddress: ":8081" },
    metrics: { bindAddress: ":8443", enableClusterQueueResources: true },
    webhook: { port: 9443 },
    leaderElection: { leaderElect: true, resourceName: "c1f6bfd2.kueue.x-k8s.io" },
    clientConnection: { qps: 300, burst: 500 },
    integrations: { frameworks: ["pod", "ray.io/rayjob", "sparkoperator.k8s.io/sparkapplication"] },
    fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] },
    // Stock-out of spot nodes: give the quota back, and after that the compiler's on-demand attempt takes over.
    waitForPodsReady: { timeout: "10m", blockAdmission: false, requeuingStrategy: { backoffLimitCount: 2 } },
    resources: { excludeResourcePrefixes: [...KUEUE_EXCLUDED_RESOURCES] },
  };
}

export function planKueueValues() {
  return {
    fullnameOverride: "kueue",
    controllerManager: {
      replicas: 2,
      podDisruptionBudget: { enabled: true, minAvailable: 1 },
      featureGates: [{ name: "SparkApplicationIntegration", enabled: true }],
    },
    enablePrometheus: false,
    managerConfig: { controllerManagerConfigYaml: stringify(planKueueConfig(), { sortMapEntries: true }) },
  };
}

/** Kueue, and what all teams share: flavors, the cohort, priorities. */
export class Kueue extends pulumi.ComponentResource {
  /** What a ClusterQueue needs before it can admit. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: KueueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:workflow:Kueue", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const labels = { ...MANAGED_BY };

    const system =
      args.installation.install === "crds"
        ? new CrdSet(`${name}-crds`, { files: args.installation.files }, child)
        : chartRelease(
            `${name}-chart`,
            {
              chart: CHARTS.kueue,
              mirror: args.installation.mirror,
              namespace: args.namespace ?? KUEUE_NAMESPACE,
              values: planKueueValues(),
            },
            child,
          );
    const afterSystem = { ...child, dependsOn: [system] };

    const flavors = Object.entries(planFlavors()).map(
      ([flavor, spec]) =>
        new k8s.apiextensions.CustomResource(
          `flavor-${flavor}`,
          { apiVersion: KUEUE_API, kind: "ResourceFlavor", metadata: { name: flavor, labels }, spec },
          afterSystem,
        ),
    );
    const cohort = new k8s.apiextensions.CustomResource(
      `cohort-${COHORT}`,
      { apiVersion: KUEUE_API, kind: "Cohort", metadata: { name: COHORT, labels }, spec: {} },
      afterSystem,
    );
    const priorities = Object.values(PRIORITY_CLASSES).flatMap(({ name: priority, value, description, preemption }) => [
      new k8s.scheduling.v1.PriorityClass(
        priority,
        {
          metadata: { name: priority, labels },
          value,
          description,
          globalDefault: false,
          preemptionPolicy: preemption,
        },
        child,
      ),
      new k8s.apiextensions.CustomResource(
        `workload-priority-${priority}`,
        {
          apiVersion: KUEUE_API,
          kind: "WorkloadPriorityClass",
          metadata: { name: priority, labels },
          value,
          description,
        },
        afterSystem,
      ),
    ]);

    this.ready = [system, ...flavors, cohort, ...priorities];
    this.registerOutputs({ flavors: Object.keys(planFlavors()), cohort: COHORT });
  }
}
