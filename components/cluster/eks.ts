import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { addOns, type KubernetesMinor, planAddOns } from "./add-ons.ts";
import { type Cluster, type ClusterFacts, PROVIDER_SETTINGS } from "./cluster.ts";
import { type ApiAccess, admit, type ControlPlaneLogs, controlPlane, planEksApiServer } from "./control-plane.ts";
import type { InterfaceEndpoint } from "./endpoints.ts";
import type { FlowLogSettings } from "./flow-logs.ts";
import type { AwsAccess } from "./identity.ts";
import { eksKubeconfig } from "./kubeconfig.ts";
import { logKey } from "./log-key.ts";
import { type NatStrategy, Network } from "./network.ts";
import { NodeGroups, type PoolSizes } from "./node-groups.ts";
import { findClusterProblems, refuseProblems } from "./problems.ts";
import { NODE_POLICIES, serviceRole } from "./service-role.ts";
import { storageClass } from "./storage.ts";

export interface EksClusterArgs {
  /** Number of the AWS account, 12 digits: with credentials of another one, nothing is done. */
  readonly account: string;
  readonly region: string;
  /** Two or three. */
  readonly zones: readonly string[];
  /** One whose add-ons are pinned. */
  readonly version: KubernetesMinor;
  /** All addresses of the network: a /16 to /20. */
  readonly vpcCidr: string;
  readonly nat: NatStrategy;
  /** Services of AWS with an address in the network. Default: none but S3. */
  readonly endpoints?: readonly InterfaceEndpoint[];
  /** Default: connections are not recorded. */
  readonly flowLogs?: FlowLogSettings;
  /** ARNs of the IAM roles or users that administer the cluster. */
  readonly admins: readonly string[];
  /** From where the API server may be called. Default: from within. */
  readonly access?: ApiAccess;
  /** Default: API server, audit and authenticator, kept for 30 days. */
  readonly logs?: ControlPlaneLogs;
  readonly pools: PoolSizes;
  /** Refuse to delete cluster and keys, and keep the disks of deleted volumes. Default: false. */
  readonly protect?: boolean;
}

const DEFAULT_LOGS: ControlPlaneLogs = { types: ["api", "audit", "authenticator"], retentionDays: 30 };

/**
 * An EKS cluster in a network of its own, with every pool's nodes.
 *
 * @throws RangeError naming every argument that AWS would refuse, or that could never work
 */
export class EksCluster extends pulumi.ComponentResource implements Cluster {
  readonly kind = "eks";
  readonly provider: k8s.Provider;
  readonly facts: ClusterFacts;
  readonly aws: AwsAccess;

  constructor(name: string, args: EksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:EksCluster", name, {}, opts);
    refuseProblems(name, findClusterProblems(args));
    const { account, region, zones, vpcCidr, protect = false, endpoints = [] } = args;
    const provider = new aws.Provider(
      name,
      { region, allowedAccountIds: [account], defaultTags: { tags: { "orch.dev/cluster": name } } },
      { parent: this },
    );
    const child = { parent: this, provider };
    const clusterArn = `arn:aws:eks:${region}:${account}:cluster/${name}`;

    const key = logKey(name, { account, region, protect }, child);
    const network = new Network(
      name,
      {
        provider,
        account,
        region,
        cidr: vpcCidr,
        zones,
        nat: args.nat,
        endpoints,
        flowLogs: args.flowLogs && { ...args.flowLogs, keyArn: key.arn },
        clusterName: name,
      },
      { parent: this },
    );
    const { cluster, letIn } = controlPlane(
      name,
      {
        version: args.version,
        access: args.access ?? { from: "vpc-runner" },
        logs: args.logs ?? DEFAULT_LOGS,
        logKeyArn: key.arn,
        vpcId: network.vpcId,
        vpcCidr,
        subnetIds: network.privateSubnets.map(({ id }) => id),
        protect,
      },
      child,
    );
    const admins = admit(name, args.admins, cluster, child);

    const plans = planAddOns(args.version);
    const machines = serviceRole(`${name}-node`, { service: "ec2.amazonaws.com", policies: NODE_POLICIES }, child);
    const made = { cluster, clusterArn };
    const early = addOns(name, { ...made, plans: plans.filter(({ afterNodes }) => !afterNodes), after: [] }, child);
    const nodes = new NodeGroups(
      name,
      {
        provider,
        cluster,
        clusterName: name,
        version: args.version,
        nodeRoleArn: machines.arn,
        subnets: network.privateSubnets,
        sizes: args.pools,
      },
      // A node joins over the network's routes and is ready with an address for its pods.
      { parent: this, dependsOn: [network, ...early, ...machines.ready] },
    );
    const late = addOns(
      name,
      { ...made, plans: plans.filter(({ afterNodes }) => afterNodes), after: nodes.groups },
      child,
    );

    this.facts = { name, region, zones, apiServer: planEksApiServer(vpcCidr) };
    this.aws = {
      provider,
      clusterName: cluster.name,
      clusterArn,
      account,
      region,
      vpcId: network.vpcId,
      vpcCidr,
      privateSubnetIds: network.privateSubnets.map(({ id }) => id),
      endpoints,
      identityAgent: early[0] ?? cluster,
    };
    this.provider = new k8s.Provider(
      name,
      { kubeconfig: eksKubeconfig(name, region, cluster), ...PROVIDER_SETTINGS },
      // Whatever is put in finds nodes, DNS, disks and its own right to be there, and goes before any of them.
      { parent: this, dependsOn: [...nodes.groups, ...late, ...admins, ...letIn] },
    );
    storageClass(name, { keep: protect }, { parent: this, provider: this.provider });
    this.registerOutputs({ name, endpoint: cluster.endpoint });
  }
}
