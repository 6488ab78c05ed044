import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { planNetwork } from "./network-plan.ts";

export interface NetworkArgs {
  readonly provider: aws.Provider;
  readonly region: string;
  /** All addresses: a /16 to /20. */
  readonly cidr: string;
  readonly zones: readonly string[];
  /** `single`: one NAT gateway, cheap; `per-zone`: the loss of a zone takes no other zone's way out. */
  readonly nat: "single" | "per-zone";
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
    const tags = (suffix: string) => ({ Name: `${name}-${suffix}` });
    const plan = planNetwork(args.cidr, args.zones);

    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: plan.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
      child,
    );
    // Nothing uses it; without rules, nothing can by mistake.
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, ingress: [], egress: [] }, child);

    const subnet = (kind: "private" | "public", zone: string, cidrBlock: string): ZoneSubnet => ({
      zone,
      id: new aws.ec2.Subnet(
        `${name}-${kind}-${zone}`,
        {
          vpcId: vpc.id,
          availabilityZone: zone,
          cidrBlock,
          mapPublicIpOnLaunch: false,
          tags: {
            ...tags(`${kind}-${zone}`),
            [`kubernetes.io/cluster/${args.clusterName}`]: "shared",
            [kind === "public" ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb"]: "1",
          },
        },
        child,
      ).id,
    });
    this.publicSubnets = plan.publicSubnets.map(({ zone, cidr }) => subnet("public", zone, cidr));
    this.privateSubnets = plan.privateSubnets.map(({ zone, cidr }) => subnet("private", zone, cidr));

    const internet = new aws.ec2.InternetGateway(name, { vpcId: vpc.id, tags: { Name: name } }, child);
    const routeTable = (
      suffix: string,
      route: { gatewayId: pulumi.Input<string> } | { natGatewayId: pulumi.Input<string> },
    ) => {
      const table = new aws.ec2.RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, tags: tags(suffix) }, child);
      new aws.ec2.Route(
        `${name}-${suffix}`,
        { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...route },
        child,
      );
      return table;
    };
    const join = (kind: string, { zone, id }: ZoneSubnet, table: aws.ec2.RouteTable) =>
      new aws.ec2.RouteTableAssociation(`${name}-${kind}-${zone}`, { subnetId: id, routeTableId: table.id }, child);

    const outside = routeTable("public", { gatewayId: internet.id });
    for (const zone of this.publicSubnets) join("public", zone, outside);

    const gateways = this.publicSubnets.slice(0, args.nat === "single" ? 1 : undefined).map(({ zone, id }) => {
      const address = new aws.ec2.Eip(`${name}-nat-${zone}`, { domain: "vpc", tags: tags(`nat-${zone}`) }, child);
      return new aws.ec2.NatGateway(
        `${name}-${zone}`,
        { subnetId: id, allocationId: address.allocationId, tags: tags(zone) },
        { ...child, dependsOn: [internet] },
      );
    });
    const inside = gateways.map((gateway, index) =>
      routeTable(`private-${this.publicSubnets[index]?.zone}`, { natGatewayId: gateway.id }),
    );
    this.privateSubnets.forEach((zone, index) => {
      const table = inside[index] ?? inside[0];
      if (table !== undefined) join("private", zone, table);
    });

    new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${args.region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: inside.map(({ id }) => id),
        tags: tags("s3"),
      },
      child,
    );

    this.vpcId = vpc.id;
    this.registerOutputs({ vpcId: this.vpcId });
  }
}
