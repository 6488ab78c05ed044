import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Cluster, NodePool } from "../cluster/index.ts";
import { MANAGED_BY, TEAM_LABEL } from "../security/index.ts";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  CrdSet,
  chartRelease,
  type Installation,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import {
  COHORT,
  GIVEN_UP,
  KUEUE_COPIED_LABELS,
  KUEUE_EXCLUDED_RESOURCES,
  KUEUE_NAMESPACE,
  WITHOUT_MACHINE,
} from "./constants.ts";
import { planFlavors } from "./flavors.ts";
import { PRIORITY_CLASSES } from "./priorities.ts";

export const KUEUE_API = "kueue.x-k8s.io/v1beta2";

export interface KueueArgs {
  readonly cluster: Cluster;
  readonly installation: Installation;
  /** With `install: chart`: where it runs; depend on it. */
  readonly namespace?: string;
  /** Pools that the environment has. Default: all. */
  readonly pools?: readonly NodePool[];
  /** Default: `single`. */
  readonly availability?: Availability;
  /** Namespace of the Prometheus that reads its metrics; none: nobody does. */
  readonly monitoredFrom?: string | undefined;
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
    integrations: {
      frameworks: ["pod", "ray.io/rayjob", "sparkoperator.k8s.io/sparkapplication"],
      labelKeysToCopy: [...KUEUE_COPIED_LABELS],
    },
    // Teams' namespaces only: the platform's own pods must start while Kueue is away, or it could never come back.
    managedJobsNamespaceSelector: { matchExpressions: [{ key: TEAM_LABEL, operator: "Exists" }] },
    fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] },
    // Stock-out: as long as the autoscaler tries (`max-node-provision-time`); after that the compiler's on-demand attempt takes over.
    waitForPodsReady: { timeout: "10m", ...WITHOUT_MACHINE },
    objectRetentionPolicies: GIVEN_UP,
    resources: { excludeResourcePrefixes: [...KUEUE_EXCLUDED_RESOURCES] },
  };
}

/** Values of the chart. */
export function planKueueValues({ availability = "single", monitoredFrom }: KueueSystem = {}) {
  return {
    fullnameOverride: "kueue",
    controllerManager: {
      // One leader; all of them answer webhooks.
      replicas: replicas(availability),
      podDisruptionBudget: { enabled: availability === "high", minAvailable: 1 },
      // Where the Spark operator is not installed, Kueue waits for its definitions.
      featureGates: [{ name: "SparkApplicationIntegration", enabled: true }],
      nodeSelector: { ...ON_SYSTEM_NODES },
      topologySpreadConstraints: spreadOver({ "control-plane": "controller-manager" }),
      manager: {
        image: { repository: "registry.k8s.io/kueue/kueue", tag: CHARTS.kueue.appVersion, pullPolicy: "IfNotPresent" },
        // A few kilobytes for each workload that waits.
        resources: resources({ cpu: availability === "high" ? "500m" : "100m", memory: "1Gi" }),
        podSecurityContext: POD_SECURITY,
        containerSecurityContext: CONTAINER_SECURITY,
      },
    },
    enablePrometheus: monitoredFrom !== undefined,
    ...(monitoredFrom === undefined ? {} : { metrics: { prometheusNamespace: monitoredFrom } }),
    managerConfig: { controllerManagerConfigYaml: stringify(planKueueConfig(), { sortMapEntries: true }) },
  };
}

type KueueSystem = Pick<KueueArgs, "availability" | "monitoredFrom">;

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
              values: planKueueValues(args),
            },
            child,
          );
    const afterSystem = { ...child, dependsOn: [system] };

    const flavors = Object.entries(planFlavors(args.pools)).map(
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
    const priorities = Object.values(PRIORITY_CLASSES).flatMap(({ name: priority, value, placement, description }) => [
      new k8s.scheduling.v1.PriorityClass(
        priority,
        {
          metadata: { name: priority, labels },
          value: placement,
          description,
          globalDefault: false,
          preemptionPolicy: "PreemptLowerPriority",
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
