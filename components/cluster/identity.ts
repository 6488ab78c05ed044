import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** What a system needs to be given rights in AWS; only a cluster of kind `eks` has it. */
export interface AwsAccess {
  readonly provider: aws.Provider;
  /** Depends on the control plane. */
  readonly clusterName: pulumi.Input<string>;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly privateSubnetIds: readonly pulumi.Input<string>[];
  /** Must be there before a pod can ask for its role. */
  readonly identityAgent: pulumi.Resource;
}

/** One permission: named actions on named resources. */
export interface Permission {
  readonly actions: readonly [string, ...string[]];
  /** ARNs. `*` only where AWS knows no resource for the action (`Describe*`, `List*`), and then with nothing that writes. */
  readonly resources: readonly [pulumi.Input<string>, ...pulumi.Input<string>[]];
  /** IAM conditions, as the policy language writes them. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string | string[]>>>>>;
}

export interface PodRoleArgs {
  readonly aws: AwsAccess;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly permissions: readonly Permission[];
}

/** The rights of one service account in AWS, by Pod Identity: no key, no annotation, no rights of the node. */
export class PodRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** What the pods' system depends on, so that they start with their rights. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: PodRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:PodRole", name, {}, opts);
    const child = { parent: this, provider: args.aws.provider };
    const role = new aws.iam.Role(
      name,
      {
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "pods.eks.amazonaws.com" },
              Action: ["sts:AssumeRole", "sts:TagSession"],
            },
          ],
        }),
      },
      child,
    );
    const policy = new aws.iam.RolePolicy(
      name,
      { role: role.name, policy: pulumi.jsonStringify(planPolicy(args.permissions)) },
      child,
    );
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
    this.registerOutputs({ arn: role.arn });
  }
}

/** The IAM policy document of the permissions. */
export function planPolicy(permissions: readonly Permission[]) {
  return {
    Version: "2012-10-17",
    Statement: permissions.map(({ actions, resources, conditions }) => ({
      Effect: "Allow",
      Action: [...actions],
      Resource: [...resources],
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })),
  };
}
