import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type InterfaceEndpoint, interfaceEndpoints } from "./endpoints.ts";
import { type FlowLogSettings, flowLogs } from "./flow-logs.ts";
import { planNetwork } from "./network-plan.ts";

/**
 * How nodes and pods reach what is outside:
 * - `none`: not at all; AWS through endpoints, images through ECR;
 * - `single`: one NAT gateway, cheap; its zone's loss cuts off all of them;
 * - `per-zone`: one in each, and no traffic between zones to reach it.
 */
export const NAT_STRATEGIES = ["none", "single", "per-zone"] as const;
export type NatStrategy = (typeof NAT_STRATEGIES)[number];

export interface NetworkArgs {
  readonly provider: aws.Provider;
  readonly account: string;
  readonly region: string;
  /** All addresses: a /16 to /20. */
  readonly cidr: string;
  /** One to three. */
  readonly zones: readonly string[];
  readonly nat: NatStrategy;
  /** Services of AWS with an address in the network. Default: none but S3. */
  readonly endpoints?: readonly InterfaceEndpoint[];
  /** Default: connections are not recorded. */
  readonly flowLogs?: FlowLogSettings & { readonly keyArn: pulumi.Input<string> };
  /** Tag value that lets the cluster's controllers find the subnets. */
  readonly clusterName: string;
}

export interface ZoneSubnet {
  readonly zone: string;
  readonly id: pulumi.Output<string>;
}

/** The cluster's network: private subnets for nodes and pods, public ones for what faces outside, S3 without NAT. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly privateSubnets: readonly ZoneSubnet[];
  readonly publicSubnets: readonly ZoneSubnet[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:Network", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    const plan = planNetwork(args.cidr, args.zones);

    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: plan.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
      child,
    );
    // Nothing uses it; without rules, nothing can by mistake.
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, ingress: [], egress: [] }, child);

    const build: Build = { name, args, vpc, child };
    this.publicSubnets = plan.publicSubnets.map(({ zone, cidr }) => subnet(build, "public", zone, cidr));
    this.privateSubnets = plan.privateSubnets.map(({ zone, cidr }) => subnet(build, "private", zone, cidr));
    const inside = routes(build, this.publicSubnets, this.privateSubnets);
    s3Endpoint(build, inside);
    interfaceEndpoints(
      name,
      {
        region: args.region,
        vpcId: vpc.id,
        vpcCidr: plan.cidr,
        subnetIds: this.privateSubnets.map(({ id }) => id),
        services: args.endpoints ?? [],
      },
      child,
    );
    if (args.flowLogs !== undefined) flowLogs(name, { ...args, ...args.flowLogs, vpcId: vpc.id }, child);

    this.vpcId = vpc.id;
    this.registerOutputs({ vpcId: this.vpcId });
  }
}

interface Build {
  readonly name: string;
  readonly args: NetworkArgs;
  readonly vpc: aws.ec2.Vpc;
  readonly child: pulumi.CustomResourceOptions;
}

function subnet({ name, args, vpc, child }: Build, kind: "private" | "public", zone: string, cidrBlock: string) {
  const { id } = new aws.ec2.Subnet(
    `${name}-${kind}-${zone}`,
    {
      vpcId: vpc.id,
      availabilityZone: zone,
      cidrBlock,
      mapPublicIpOnLaunch: false,
      tags: {
        Name: `${name}-${kind}-${zone}`,
        [`kubernetes.io/cluster/${args.clusterName}`]: "shared",
        [kind === "public" ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb"]: "1",
      },
    },
    child,
  );
  return { zone, id };
}

/** Public subnets lead to the internet gateway, private ones to a NAT gateway or nowhere; returns the private route tables. */
function routes(
  build: Build,
  publicSubnets: readonly ZoneSubnet[],
  privateSubnets: readonly ZoneSubnet[],
): aws.ec2.RouteTable[] {
  const { name, args, vpc, child } = build;
  const internet = new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags: { Name: name } }, child);
  const outside = routeTable(build, "public", { gatewayId: internet.id });
  for (const zone of publicSubnets) join(build, "public", zone, outside);

  const behindNat = { none: 0, single: 1, "per-zone": publicSubnets.length }[args.nat];
  const exits = publicSubnets.slice(0, behindNat).map(({ zone, id }) => {
    const address = new aws.ec2.Eip(
      `${name}-nat-${zone}`,
      { domain: "vpc", tags: { Name: `${name}-nat-${zone}` } },
      child,
    );
    const gateway = new aws.ec2.NatGateway(
      `${name}-${zone}`,
      { subnetId: id, allocationId: address.allocationId, tags: { Name: `${name}-${zone}` } },
      { ...child, dependsOn: [internet] },
    );
    return { suffix: `private-${zone}`, natGatewayId: gateway.id };
  });
  const inside =
    exits.length === 0
      ? [routeTable(build, "private")]
      : exits.map(({ suffix, natGatewayId }) => routeTable(build, suffix, { natGatewayId }));
  privateSubnets.forEach((zone, index) => {
    const table = inside[index] ?? inside[0];
    if (table !== undefined) join(build, "private", zone, table);
  });
  return inside;
}

type WayOut = { gatewayId: pulumi.Input<string> } | { natGatewayId: pulumi.Input<string> };

/** @param wayOut where everything that is not in the network goes; none: it is dropped */
function routeTable({ name, vpc, child }: Build, suffix: string, wayOut?: WayOut): aws.ec2.RouteTable {
  const table = new aws.ec2.RouteTable(
    `${name}-${suffix}`,
    { vpcId: vpc.id, tags: { Name: `${name}-${suffix}` } },
    child,
  );
  if (wayOut !== undefined) {
    new aws.ec2.Route(
      `${name}-${suffix}`,
      { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...wayOut },
      child,
    );
  }
  return table;
}

function join({ name, child }: Build, kind: string, { zone, id }: ZoneSubnet, table: aws.ec2.RouteTable): void {
  new aws.ec2.RouteTableAssociation(`${name}-${kind}-${zone}`, { subnetId: id, routeTableId: table.id }, child);
}

/** Free, and keeps artifacts off the NAT gateway's bill. */
function s3Endpoint({ name, args, vpc, child }: Build, tables: readonly aws.ec2.RouteTable[]): void {
  new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${args.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: tables.map(({ id }) => id),
      tags: { Name: `${name}-s3` },
    },
    child,
  );
}
