import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Egress } from "../security/index.ts";
import type { InterfaceEndpoint } from "./endpoints.ts";
import { type Permission, planPolicy } from "./permissions.ts";

/** What a system needs to be given rights in AWS; only a cluster of kind `eks` has it. */
export interface AwsAccess {
  readonly provider: aws.Provider;
  /** Depends on the control plane. */
  readonly clusterName: pulumi.Input<string>;
  /** Known before the cluster exists. */
  readonly clusterArn: string;
  /** The account's number: 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly privateSubnetIds: readonly pulumi.Input<string>[];
  /** Services of AWS that are called at an address of the network's own. */
  readonly endpoints: readonly InterfaceEndpoint[];
  /** Must be there before a pod can ask for its role. */
  readonly identityAgent: pulumi.Resource;
}

export interface PodRoleArgs {
  readonly aws: Pick<AwsAccess, "provider" | "clusterName" | "clusterArn" | "identityAgent">;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly permissions: readonly Permission[];
}

/**
 * The rights of one service account in AWS, by Pod Identity: no key, no annotation, no rights of the node. Its pods must be
 * let out to the agent and to the services they call: `awsEgress`.
 *
 * @throws Error naming every permission that is too wide
 */
export class PodRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** What the pods' system depends on, so that they start with their rights. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PodRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:PodRole", name, {}, opts);
    const rights = planPolicy(args.permissions, `The role ${name}`);
    const child = { parent: this, provider: args.aws.provider };
    const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(planPodTrust(args)) }, child);
    const policy = new aws.iam.RolePolicy(name, { role: role.name, policy: pulumi.jsonStringify(rights) }, child);
    const association = new aws.eks.PodIdentityAssociation(
      name,
      {
        clusterName: args.aws.clusterName,
        namespace: args.namespace,
        serviceAccount: args.serviceAccount,
        roleArn: role.arn,
      },
      { ...child, dependsOn: [policy, args.aws.identityAgent] },
    );
    this.arn = role.arn;
    this.ready = [association];
    // Its policy names ARNs that are still to be made: what it allows is told apart from it, so that a preview can judge it.
    this.registerOutputs({ arn: role.arn, permissions: args.permissions });
  }
}

/** Who may take a role on: pods of one service account of one cluster, and through the agent only. */
export function planPodTrust(args: {
  readonly aws: Pick<AwsAccess, "clusterArn">;
  readonly namespace: string;
  readonly serviceAccount: string;
}) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: {
            "aws:RequestTag/kubernetes-namespace": args.namespace,
            "aws:RequestTag/kubernetes-service-account": args.serviceAccount,
            "aws:RequestTag/eks-cluster-arn": args.aws.clusterArn,
          },
        },
      },
    ],
  };
}

/** Where the Pod Identity agent hands out credentials: a link-local address of every node. */
const IDENTITY_AGENT = "169.254.170.23/32";

/**
 * What a namespace whose pods have a role must let out: the agent, and the services they call. A service with an endpoint in
 * the network is called there; S3 and all others have public addresses only.
 */
export function awsEgress(
  access: Pick<AwsAccess, "endpoints" | "vpcCidr">,
  services: readonly (InterfaceEndpoint | "s3")[],
): Egress[] {
  const inside = services.every((service) => service !== "s3" && access.endpoints.includes(service));
  return [
    { name: "pod-identity", cidrs: [IDENTITY_AGENT], ports: [80] },
    { name: "aws", cidrs: [inside ? access.vpcCidr : "0.0.0.0/0"], ports: [443] },
  ];
}
