import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PROVIDER_SETTINGS } from "./cluster.ts";
import type { PodRoleArgs } from "./identity.ts";
import { eksKubeconfig } from "./kubeconfig.ts";

export interface KnownEksClusterArgs {
  /** Number of the AWS account, 12 digits: with credentials of another one, nothing is done. */
  readonly account: string;
  readonly region: string;
  /** The cluster's name in AWS, e.g. `orch-prod`. */
  readonly cluster: string;
}

/** A way to an EKS cluster that another stack has made; nothing of it is changed. */
export class KnownEksCluster extends pulumi.ComponentResource {
  readonly provider: k8s.Provider;
  /** For rights of its pods in AWS; the agent that hands them out is there since the cluster is. */
  readonly aws: PodRoleArgs["aws"];

  constructor(name: string, args: KnownEksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:KnownEksCluster", name, {}, opts);
    const { account, region } = args;
    const provider = new aws.Provider(name, { region, allowedAccountIds: [account] }, { parent: this });
    const found = aws.eks.getClusterOutput({ name: args.cluster }, { provider });
    const certificateAuthority = found.certificateAuthorities.apply(([first]) => {
      if (first === undefined) throw new Error(`cluster ${args.cluster} has no certificate authority`);
      return first;
    });
    const kubeconfig = eksKubeconfig(args.cluster, region, { endpoint: found.endpoint, certificateAuthority });
    this.provider = new k8s.Provider(name, { kubeconfig, ...PROVIDER_SETTINGS }, { parent: this });
    this.aws = {
      provider,
      clusterName: args.cluster,
      clusterArn: `arn:aws:eks:${region}:${account}:cluster/${args.cluster}`,
      identityAgent: this.provider,
    };
    this.registerOutputs({ cluster: args.cluster });
  }
}
