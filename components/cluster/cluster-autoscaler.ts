import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import {
  type Availability,
  CHARTS,
  CONTAINER_SECURITY,
  chartRelease,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "../system/index.ts";
import type { Cluster } from "./cluster.ts";
import { AUTOSCALER_NAMESPACE, BALLOON_PRIORITY } from "./constants.ts";
import { type AwsAccess, PodRole } from "./identity.ts";
import { planPriorities } from "./node-groups.ts";
import type { Permission } from "./permissions.ts";
import { provisioningRequestDefinition } from "./provisioning-request.ts";

const ACCOUNT = "cluster-autoscaler";
/** On its pods and its Service. */
const LABELS = { "app.kubernetes.io/instance": "cluster-autoscaler" };
/** TCP port of `/metrics`. */
export const AUTOSCALER_METRICS_PORT = 8085;

export interface ClusterAutoscalerArgs {
  readonly cluster: Cluster;
  readonly aws: AwsAccess;
  /** Where it lives, with a way out to AWS (`awsEgress`); depend on it. Default: `AUTOSCALER_NAMESPACE`. */
  readonly namespace?: string;
  readonly availability: Availability;
  /** One address that holds all charts. Default: the chart's own repository. */
  readonly mirror?: string;
}

/** Services of AWS it calls. */
export const AUTOSCALER_SERVICES = ["autoscaling", "ec2", "eks"] as const;

/** It looks at every group, as AWS has it, and changes only those that are tagged as this cluster's. */
export function planAutoscalerPermissions(
  name: string,
  { account, region }: Pick<AwsAccess, "account" | "region">,
): Permission[] {
  return [
    {
      actions: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ],
      resources: ["*"],
    },
    {
      actions: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
      resources: [`arn:aws:autoscaling:${region}:${account}:autoScalingGroup:*:autoScalingGroupName/eks-*`],
      conditions: { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${name}`]: "owned" } },
    },
    { actions: ["eks:DescribeNodegroup"], resources: [`arn:aws:eks:${region}:${account}:nodegroup/${name}/*/*`] },
  ];
}

export function planAutoscalerValues(args: {
  readonly clusterName: string;
  readonly region: string;
  readonly availability: Availability;
}) {
  return {
    fullnameOverride: "cluster-autoscaler",
    cloudProvider: "aws",
    awsRegion: args.region,
    autoDiscovery: { clusterName: args.clusterName },
    image: { tag: `v${CHARTS.clusterAutoscaler.appVersion}` },
    replicaCount: replicas(args.availability),
    podDisruptionBudget: { maxUnavailable: 1 },
    priorityClassName: "system-cluster-critical",
    rbac: { serviceAccount: { name: ACCOUNT } },
    expanderPriorities: stringify(planPriorities(), { lineWidth: 0 }),
    extraArgs: {
      v: 2,
      // Spot before on-demand; among equals, whichever leaves least idle.
      expander: "priority,least-waste",
      "balance-similar-node-groups": true,
      // One group's machines differ in make, not in size.
      "balancing-ignore-label_1": "node.kubernetes.io/instance-type",
      "balancing-ignore-label_2": "beta.kubernetes.io/instance-type",
      "enable-provisioning-requests": true,
      // Balloons are worth a node, anything below them is not.
      "expendable-pods-priority-cutoff": BALLOON_PRIORITY,
      // A GPU node is slow to boot; past this, the next group in line gets the order.
      "max-node-provision-time": "10m",
      "scale-down-unneeded-time": "10m",
      "scale-down-delay-after-add": "10m",
      "scale-down-utilization-threshold": 0.5,
      "scale-down-gpu-utilization-threshold": 0.5,
      "ignore-daemonsets-utilization": true,
      // Pods of a Workflow or a RayCluster cannot move: their node stays until they are done.
      "skip-nodes-with-custom-controller-pods": true,
      "skip-nodes-with-local-storage": false,
      "skip-nodes-with-system-pods": false,
      "cordon-node-before-terminating": true,
      "emit-per-nodegroup-metrics": true,
    },
    resources: resources({ cpu: "100m", memory: "600Mi" }),
    securityContext: { ...POD_SECURITY, runAsUser: 65534, runAsGroup: 65534 },
    containerSecurityContext: CONTAINER_SECURITY,
    nodeSelector: ON_SYSTEM_NODES,
    topologySpreadConstraints: spreadOver(LABELS),
  };
}

/** Adds nodes where pods wait for them, and takes them back. */
export class ClusterAutoscaler extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: ClusterAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:ClusterAutoscaler", name, {}, opts);
    const child = { parent: this, provider: args.cluster.provider };
    const { name: clusterName, region } = args.cluster.facts;
    const namespace = args.namespace ?? AUTOSCALER_NAMESPACE;

    const role = new PodRole(
      name,
      {
        aws: args.aws,
        namespace,
        serviceAccount: ACCOUNT,
        permissions: planAutoscalerPermissions(clusterName, args.aws),
      },
      { parent: this },
    );
    const definition = provisioningRequestDefinition(child);
    const release = chartRelease(
      `${name}-chart`,
      {
        chart: CHARTS.clusterAutoscaler,
        mirror: args.mirror,
        namespace,
        values: planAutoscalerValues({ clusterName, region, availability: args.availability }),
      },
      { ...child, dependsOn: [definition, ...role.ready] },
    );
    this.ready = [release];
    this.registerOutputs({ namespace });
  }
}

/**
 * What Prometheus reads of it. Apart from the chart: the autoscaler brings the nodes that Prometheus runs on, so the kind
 * ServiceMonitor is not there yet when it comes up.
 */
export function autoscalerMonitor(
  name: string,
  { namespace = AUTOSCALER_NAMESPACE }: { readonly namespace?: string },
  opts: pulumi.CustomResourceOptions & { provider: k8s.Provider },
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: { name: "cluster-autoscaler", namespace, labels: { ...LABELS } },
      spec: {
        selector: { matchLabels: { ...LABELS } },
        endpoints: [{ port: "http", path: "/metrics", interval: "30s" }],
      },
    },
    opts,
  );
}
