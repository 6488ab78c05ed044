import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { ON_SYSTEM_NODES, spreadOver } from "../system/index.ts";
import { planPodTrust } from "./identity.ts";
import { managedRole } from "./service-role.ts";

/**
 * Add-ons of EKS, pinned per Kubernetes minor version: an upgrade of the cluster is a new row here and nothing else.
 * `aws eks describe-addon-versions --kubernetes-version 1.35` lists what there is.
 */
export const ADD_ON_VERSIONS = {
  "1.35": {
    "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "vpc-cni": "v1.21.1-eksbuild.3",
    "kube-proxy": "v1.35.0-eksbuild.2",
    coredns: "v1.13.2-eksbuild.1",
    "aws-ebs-csi-driver": "v1.57.1-eksbuild.1",
  },
} as const satisfies Record<string, Record<AddOnName, string>>;

export type AddOnName = "eks-pod-identity-agent" | "vpc-cni" | "kube-proxy" | "coredns" | "aws-ebs-csi-driver";
export type KubernetesMinor = keyof typeof ADD_ON_VERSIONS;
/** Kubernetes minor versions that a cluster can be made at. */
export const KUBERNETES_MINORS = Object.keys(ADD_ON_VERSIONS) as [KubernetesMinor, ...KubernetesMinor[]];

/** One add-on as EKS takes it. */
export interface AddOnPlan {
  readonly name: AddOnName;
  readonly version: string;
  /** Whether its pods need a node to be there first; the others are what a node needs to become ready. */
  readonly afterNodes: boolean;
  readonly configuration?: object;
  /** Its service account and the managed policy of AWS it works with. Without: it needs no rights. */
  readonly identity?: { readonly serviceAccount: string; readonly policy: string };
}

/** In the order they come up. */
export function planAddOns(minor: KubernetesMinor): AddOnPlan[] {
  const versions = ADD_ON_VERSIONS[minor];
  const plan = (name: AddOnName, rest: Omit<AddOnPlan, "name" | "version">) => ({
    name,
    version: versions[name],
    ...rest,
  });
  return [
    // On the node's own network, so it can serve the add-on that gives pods theirs.
    plan("eks-pod-identity-agent", { afterNodes: false }),
    plan("vpc-cni", {
      afterNodes: false,
      // Without enforcement, network policies would be decoration.
      configuration: { enableNetworkPolicy: "true", env: { ENABLE_PREFIX_DELEGATION: "true" } },
      identity: { serviceAccount: "aws-node", policy: "AmazonEKS_CNI_Policy" },
    }),
    plan("kube-proxy", { afterNodes: false }),
    plan("coredns", {
      afterNodes: true,
      configuration: {
        nodeSelector: ON_SYSTEM_NODES,
        topologySpreadConstraints: spreadOver({ "k8s-app": "kube-dns" }),
        // A thousand pods that start at once all look up the same names.
        autoScaling: { enabled: true, minReplicas: 2, maxReplicas: 10 },
      },
    }),
    plan("aws-ebs-csi-driver", {
      afterNodes: true,
      configuration: { controller: { nodeSelector: ON_SYSTEM_NODES }, node: { tolerateAllTaints: true } },
      identity: { serviceAccount: "ebs-csi-controller-sa", policy: "service-role/AmazonEBSCSIDriverPolicy" },
    }),
  ];
}

export interface AddOnsArgs {
  readonly cluster: aws.eks.Cluster;
  readonly clusterArn: string;
  readonly plans: readonly AddOnPlan[];
  /** What must be there before the first of them. */
  readonly after: readonly pulumi.Resource[];
}

/** The add-ons, each after the one before it: the agent serves the rest. */
export function addOns(name: string, args: AddOnsArgs, child: pulumi.CustomResourceOptions): aws.eks.Addon[] {
  const made: aws.eks.Addon[] = [];
  for (const plan of args.plans) made.push(addOn(name, plan, args, [...args.after, ...made], child));
  return made;
}

function addOn(
  name: string,
  plan: AddOnPlan,
  { cluster, clusterArn }: AddOnsArgs,
  after: readonly pulumi.Resource[],
  child: pulumi.CustomResourceOptions,
): aws.eks.Addon {
  const role = addOnRole(name, plan, clusterArn, child);
  return new aws.eks.Addon(
    `${name}-${plan.name}`,
    {
      clusterName: cluster.name,
      addonName: plan.name,
      addonVersion: plan.version,
      configurationValues: plan.configuration && JSON.stringify(plan.configuration),
      podIdentityAssociations: role && [{ roleArn: role.arn, serviceAccount: role.serviceAccount }],
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
    },
    { ...child, dependsOn: [...after, ...(role?.ready ?? [])] },
  );
}

function addOnRole(name: string, plan: AddOnPlan, clusterArn: string, child: pulumi.CustomResourceOptions) {
  if (plan.identity === undefined) return undefined;
  const { serviceAccount, policy } = plan.identity;
  const trust = planPodTrust({ aws: { clusterArn }, namespace: "kube-system", serviceAccount });
  return { serviceAccount, ...managedRole(`${name}-${plan.name}`, trust, [policy], child) };
}
