import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, type ClusterFacts, PROVIDER_SETTINGS } from "./cluster.ts";
import type { AwsAccess } from "./identity.ts";
import { eksKubeconfig } from "./kubeconfig.ts";
import { Network } from "./network.ts";
import { NodeGroups, type PoolSizes } from "./node-groups.ts";

export interface EksClusterArgs {
  readonly region: string;
  readonly zones: readonly string[];
  /** Kubernetes minor version, e.g. `1.35`. */
  readonly version: string;
  /** All addresses of the network: a /16 to /20. */
  readonly vpcCidr: string;
  readonly nat: "single" | "per-zone";
  /** ARNs of the IAM roles or users that administer the cluster. */
  readonly admins: readonly string[];
  /** Where the public endpoint may be called from; empty: there is none. */
  readonly publicAccessCidrs: readonly string[];
  readonly pools: PoolSizes;
  /** Refuse to delete cluster and key. Default: false. */
  readonly protect?: boolean;
}

/** Addresses of Services; EKS's own default, fixed because network policies name it. */
const SERVICE_CIDR = "172.20.0.0/16";

/** An EKS cluster in a network of its own, with every pool's nodes. */
export class EksCluster extends pulumi.ComponentResource implements Cluster {
  readonly kind = "eks";
  readonly provider: k8s.Provider;
  readonly facts: ClusterFacts;
  readonly aws: AwsAccess;

  constructor(name: string, args: EksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:EksCluster", name, {}, opts);
    const tags = { "orch.dev/cluster": name };
    const provider = new aws.Provider(name, { region: args.region, defaultTags: { tags } }, { parent: this });
    const child = { parent: this, provider };

    const network = new Network(name, { ...args, provider, cidr: args.vpcCidr, clusterName: name }, { parent: this });
    const cluster = controlPlane(name, args, network, child);
    admit(name, args.admins, cluster, child);
    const nodes = new NodeGroups(
      name,
      {
        provider,
        cluster,
        clusterName: name,
        nodeRoleArn: nodeRole(name, child).arn,
        subnets: network.privateSubnets,
        sizes: args.pools,
      },
      { parent: this },
    );
    const identityAgent = addons(name, cluster, nodes, child);

    this.facts = {
      name,
      region: args.region,
      zones: args.zones,
      apiServer: { cidrs: [args.vpcCidr, SERVICE_CIDR], ports: [443] },
    };
    this.aws = {
      provider,
      clusterName: cluster.name,
      region: args.region,
      vpcId: network.vpcId,
      vpcCidr: args.vpcCidr,
      privateSubnetIds: network.privateSubnets.map(({ id }) => id),
      identityAgent,
    };
    this.provider = new k8s.Provider(
      name,
      { kubeconfig: eksKubeconfig(name, args.region, cluster), ...PROVIDER_SETTINGS },
      { parent: this, dependsOn: [nodes] },
    );
    this.registerOutputs({ name, endpoint: cluster.endpoint });
  }
}

function controlPlane(
  name: string,
  args: EksClusterArgs,
  network: Network,
  child: pulumi.CustomResourceOptions,
): aws.eks.Cluster {
  const role = serviceRole(`${name}-cluster`, "eks.amazonaws.com", ["AmazonEKSClusterPolicy"], child);
  const key = new aws.kms.Key(
    `${name}-secrets`,
    { description: `Secrets of cluster ${name}`, enableKeyRotation: true, deletionWindowInDays: 30 },
    { ...child, protect: args.protect ?? false },
  );
  return new aws.eks.Cluster(
    name,
    {
      name,
      version: args.version,
      roleArn: role.arn,
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      vpcConfig: {
        subnetIds: network.privateSubnets.map(({ id }) => id),
        endpointPrivateAccess: true,
        endpointPublicAccess: args.publicAccessCidrs.length > 0,
        ...(args.publicAccessCidrs.length > 0 ? { publicAccessCidrs: [...args.publicAccessCidrs] } : {}),
      },
      kubernetesNetworkConfig: { serviceIpv4Cidr: SERVICE_CIDR },
      encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
      enabledClusterLogTypes: ["api", "audit", "authenticator"],
      upgradePolicy: { supportType: "STANDARD" },
      deletionProtection: args.protect ?? false,
    },
    { ...child, protect: args.protect ?? false },
  );
}

/** Who may administer: IAM through the access API, no aws-auth ConfigMap. */
function admit(
  name: string,
  admins: readonly string[],
  cluster: aws.eks.Cluster,
  child: pulumi.CustomResourceOptions,
): void {
  for (const principalArn of admins) {
    // Account, kind and name; the whole ARN would put the engine's own separator into a resource's name.
    const admin = `${name}-admin-${principalArn.split(":").slice(4).join("-").replaceAll("/", "-")}`;
    const entry = new aws.eks.AccessEntry(admin, { clusterName: cluster.name, principalArn }, child);
    new aws.eks.AccessPolicyAssociation(
      admin,
      {
        clusterName: cluster.name,
        principalArn: entry.principalArn,
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      },
      child,
    );
  }
}

function nodeRole(name: string, child: pulumi.CustomResourceOptions): aws.iam.Role {
  return serviceRole(
    `${name}-node`,
    "ec2.amazonaws.com",
    ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"],
    child,
  );
}

/** A role that one AWS service assumes, with managed policies of AWS. */
function serviceRole(
  name: string,
  service: string,
  policies: readonly string[],
  child: pulumi.CustomResourceOptions,
): aws.iam.Role {
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: ["sts:AssumeRole"] }],
  });
  const role = new aws.iam.Role(name, { assumeRolePolicy }, child);
  for (const policy of policies) {
    new aws.iam.RolePolicyAttachment(
      `${name}-${policy}`,
      { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
      child,
    );
  }
  return role;
}

/** Add-ons of EKS; the network one also enforces network policies, which without it would be decoration. */
function addons(
  name: string,
  cluster: aws.eks.Cluster,
  nodes: NodeGroups,
  child: pulumi.CustomResourceOptions,
): aws.eks.Addon {
  const addon = (addonName: string, configuration: object | undefined, dependsOn: pulumi.Resource[]) =>
    new aws.eks.Addon(
      `${name}-${addonName}`,
      {
        clusterName: cluster.name,
        addonName,
        configurationValues: configuration === undefined ? undefined : JSON.stringify(configuration),
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
      },
      { ...child, dependsOn },
    );
  addon("vpc-cni", { enableNetworkPolicy: "true", env: { ENABLE_PREFIX_DELEGATION: "true" } }, []);
  addon("kube-proxy", undefined, []);
  // Its pods need a node.
  addon("coredns", undefined, [nodes]);
  return addon("eks-pod-identity-agent", undefined, []);
}
