import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Services of AWS that the network can have an address of its own for; each costs by the hour and zone. With all of them nodes
 * join, pull from ECR, scale and log without a way out. S3 has a free one of another kind, which is always there.
 */
export const INTERFACE_ENDPOINTS = [
  "ecr.api",
  "ecr.dkr",
  "ec2",
  "sts",
  "eks",
  "eks-auth",
  "autoscaling",
  "logs",
  "kms",
] as const;
export type InterfaceEndpoint = (typeof INTERFACE_ENDPOINTS)[number];

export interface EndpointsArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Who may call: the network's own addresses. */
  readonly vpcCidr: string;
  /** One network interface in each. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly services: readonly InterfaceEndpoint[];
}

/** The endpoints, behind a security group that lets in nothing but TLS from within. */
export function interfaceEndpoints(
  name: string,
  args: EndpointsArgs,
  child: pulumi.CustomResourceOptions,
): aws.ec2.VpcEndpoint[] {
  if (args.services.length === 0) return [];
  const group = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    { vpcId: args.vpcId, description: "AWS services, called from within", tags: { Name: `${name}-endpoints` } },
    child,
  );
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-endpoints`,
    { securityGroupId: group.id, cidrIpv4: args.vpcCidr, ipProtocol: "tcp", fromPort: 443, toPort: 443 },
    child,
  );
  return args.services.map((service) => {
    const suffix = service.replace(".", "-");
    return new aws.ec2.VpcEndpoint(
      `${name}-${suffix}`,
      {
        vpcId: args.vpcId,
        serviceName: `com.amazonaws.${args.region}.${service}`,
        vpcEndpointType: "Interface",
        subnetIds: [...args.subnetIds],
        securityGroupIds: [group.id],
        // The service's usual name leads here, so no client has to know.
        privateDnsEnabled: true,
        tags: { Name: `${name}-${suffix}` },
      },
      child,
    );
  });
}
