import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesMinor } from "./add-ons.ts";
import type { LogRetentionDays } from "./log-key.ts";
import { deviceResources } from "./pools.ts";
import { serviceRole } from "./service-role.ts";

/**
 * Who may call the API server, and so run `pulumi up`:
 * - `vpc-runner`: only what is inside the network (or joined to it); there is no public endpoint;
 * - `allow-list`: the public endpoint too, from the named addresses.
 */
export type ApiAccess =
  | {
      readonly from: "vpc-runner";
      /** Addresses of the runner. Default: the network's own. */
      readonly cidrs?: readonly string[];
    }
  | { readonly from: "allow-list"; readonly cidrs: readonly string[] };

export const CONTROL_PLANE_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"] as const;

export interface ControlPlaneLogs {
  /** Which components write; empty: none. */
  readonly types: readonly (typeof CONTROL_PLANE_LOGS)[number][];
  readonly retentionDays: LogRetentionDays;
}

export interface ControlPlaneArgs {
  readonly version: KubernetesMinor;
  readonly access: ApiAccess;
  readonly logs: ControlPlaneLogs;
  /** Encrypts the log group. */
  readonly logKeyArn: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly protect: boolean;
}

/** Addresses of Services; EKS's own default, fixed because network policies name it. */
export const SERVICE_CIDR = "172.20.0.0/16";

/** Where pods find the API server of EKS: at its service's address, behind which lie addresses in the network. */
export const planEksApiServer = (vpcCidr: string) => ({ cidrs: [vpcCidr, SERVICE_CIDR], ports: [443] });

/** Full nodes first: a GPU job fits only where all of its GPUs, or slices, are free, and an empty node can be given back. */
export const PACK_NODES = {
  nodeResourcesFit: {
    scoringStrategy: {
      type: "MostAllocated",
      resources: [
        ...deviceResources().map((name) => ({ name, weight: 10 })),
        { name: "cpu", weight: 1 },
        { name: "memory", weight: 1 },
      ],
    },
  },
};

/** The endpoints of the API server that an access needs. */
export function planEndpoints(access: ApiAccess) {
  const open = access.from === "allow-list";
  return {
    endpointPrivateAccess: true,
    endpointPublicAccess: open,
    ...(open ? { publicAccessCidrs: [...access.cidrs] } : {}),
  };
}

export interface ControlPlane {
  readonly cluster: aws.eks.Cluster;
  /** What a caller from within depends on to be let in. */
  readonly letIn: readonly pulumi.Resource[];
}

export function controlPlane(name: string, args: ControlPlaneArgs, child: pulumi.CustomResourceOptions): ControlPlane {
  const role = serviceRole(
    `${name}-cluster`,
    { service: "eks.amazonaws.com", policies: ["AmazonEKSClusterPolicy"] },
    child,
  );
  const key = new aws.kms.Key(
    `${name}-secrets`,
    { description: `Secrets of cluster ${name}`, enableKeyRotation: true, deletionWindowInDays: 30 },
    { ...child, protect: args.protect },
  );
  // EKS would make it itself, unencrypted and kept for ever.
  const logs = new aws.cloudwatch.LogGroup(
    `${name}-control-plane`,
    { name: `/aws/eks/${name}/cluster`, retentionInDays: args.logs.retentionDays, kmsKeyId: args.logKeyArn },
    child,
  );
  const door = new aws.ec2.SecurityGroup(
    `${name}-api`,
    { vpcId: args.vpcId, description: "API server, for callers that are no nodes", tags: { Name: `${name}-api` } },
    child,
  );
  const cluster = new aws.eks.Cluster(
    name,
    {
      name,
      version: args.version,
      roleArn: role.arn,
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      // Its add-ons are ours, at pinned versions.
      bootstrapSelfManagedAddons: false,
      vpcConfig: { subnetIds: [...args.subnetIds], securityGroupIds: [door.id], ...planEndpoints(args.access) },
      kubernetesNetworkConfig: { serviceIpv4Cidr: SERVICE_CIDR },
      kubeSchedulerConfig: PACK_NODES,
      encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
      enabledClusterLogTypes: [...args.logs.types],
      upgradePolicy: { supportType: "STANDARD" },
      deletionProtection: args.protect,
    },
    { ...child, protect: args.protect, dependsOn: [logs, ...role.ready] },
  );
  const { access, vpcCidr } = args;
  const runners = access.from === "vpc-runner" ? (access.cidrs ?? [vpcCidr]) : [];
  return { cluster, letIn: runners.map((cidr) => letIn(name, door, cidr, child)) };
}

/** EKS lets in nodes only; a runner is none. */
function letIn(name: string, door: aws.ec2.SecurityGroup, cidrIpv4: string, child: pulumi.CustomResourceOptions) {
  return new aws.vpc.SecurityGroupIngressRule(
    `${name}-runner-${cidrIpv4.replace("/", "-")}`,
    {
      securityGroupId: door.id,
      description: "Whoever runs pulumi up",
      cidrIpv4,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    },
    child,
  );
}

/** Who may administer: IAM through the access API, no aws-auth ConfigMap. */
export function admit(
  name: string,
  admins: readonly string[],
  cluster: aws.eks.Cluster,
  child: pulumi.CustomResourceOptions,
): aws.eks.AccessPolicyAssociation[] {
  return admins.map((principalArn) => {
    // Account, kind and name; the whole ARN would put the engine's own separator into a resource's name.
    const admin = `${name}-admin-${principalArn.split(":").slice(4).join("-").replaceAll("/", "-")}`;
    const entry = new aws.eks.AccessEntry(admin, { clusterName: cluster.name, principalArn }, child);
    return new aws.eks.AccessPolicyAssociation(
      admin,
      {
        clusterName: cluster.name,
        principalArn: entry.principalArn,
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      },
      child,
    );
  });
}
