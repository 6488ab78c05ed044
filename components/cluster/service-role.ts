import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * What the machines themselves may do: join the cluster and pull images. Addresses of pods are the network add-on's business,
 * artifacts and everything else that of the pods' own roles.
 */
export const NODE_POLICIES: readonly string[] = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"];

export interface ServiceRoleArgs {
  /** The service of AWS that takes the role on, e.g. `ec2.amazonaws.com`. */
  readonly service: string;
  /** Policies that AWS maintains, by name. */
  readonly policies: readonly string[];
}

/** A role with policies of AWS. */
export interface ManagedRole {
  readonly arn: pulumi.Output<string>;
  /** What its user depends on, so that it has its rights when it starts and until it is gone. */
  readonly ready: readonly pulumi.Resource[];
}

/** A role that one service of AWS assumes. */
export function serviceRole(name: string, args: ServiceRoleArgs, child: pulumi.CustomResourceOptions): ManagedRole {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: args.service }, Action: ["sts:AssumeRole"] }],
  };
  return managedRole(name, trust, args.policies, child);
}

/** Managed policies are for what AWS itself installs, whose needs change with its versions; for the rest there is `PodRole`. */
export function managedRole(
  name: string,
  trust: object,
  policies: readonly string[],
  child: pulumi.CustomResourceOptions,
): ManagedRole {
  const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(trust) }, child);
  const ready = policies.map(
    (policy) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy.replace("service-role/", "")}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
        child,
      ),
  );
  return { arn: role.arn, ready };
}
