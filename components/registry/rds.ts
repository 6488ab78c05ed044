import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsAccess } from "../cluster/index.ts";
import { POSTGRES_PORT } from "./constants.ts";

export interface RdsArgs {
  readonly aws: AwsAccess;
  /** Name of the instance: never changes. */
  readonly identifier: string;
  /** E.g. `db.m7g.large`: what costs most of it. */
  readonly instanceClass: string;
  /** GiB to begin with. */
  readonly storageGib: number;
  /** GiB that it may grow to by itself. */
  readonly maxStorageGib: number;
  /** A standby in another zone that takes over; doubles the price. */
  readonly multiAz: boolean;
  /** Days that every second can be gone back to. */
  readonly backupDays: number;
  /** Refuse to delete it. Default: false. */
  readonly protect?: boolean;
}

/** Major version; the minor one follows by itself in the maintenance window. */
const VERSION = "17";

/** Settings that differ from RDS's own. */
export const RDS_PARAMETERS = [
  // Whoever does not speak TLS is not let in.
  { name: "rds.force_ssl", value: "1" },
  { name: "password_encryption", value: "scram-sha-256" },
  { name: "log_min_duration_statement", value: "1000" },
  { name: "log_connections", value: "1" },
];

/** Why there cannot be such an instance; none: there can. */
export function findRdsProblems(
  args: Pick<RdsArgs, "storageGib" | "maxStorageGib" | "backupDays" | "protect">,
): string[] {
  const { storageGib, maxStorageGib, backupDays, protect } = args;
  return [
    ...(storageGib < 20 ? [`storage of ${storageGib} GiB: gp3 begins at 20`] : []),
    ...(maxStorageGib < storageGib * 1.1
      ? [`may grow to ${maxStorageGib} GiB: RDS wants at least a tenth more than the ${storageGib} it begins with`]
      : []),
    ...(backupDays > 35 ? [`${backupDays} days of backups: RDS keeps 35 at most`] : []),
    ...(protect === true && backupDays === 0 ? ["is protected but has no backups"] : []),
  ];
}

/** Arguments of the instance that do not depend on other resources. */
export function planRds(args: Omit<RdsArgs, "aws">) {
  const protect = args.protect ?? false;
  return {
    identifier: args.identifier,
    engine: "postgres",
    engineVersion: VERSION,
    autoMinorVersionUpgrade: true,
    instanceClass: args.instanceClass,
    storageType: "gp3",
    allocatedStorage: args.storageGib,
    maxAllocatedStorage: args.maxStorageGib,
    storageEncrypted: true,
    multiAz: args.multiAz,
    publiclyAccessible: false,
    port: POSTGRES_PORT,
    username: "postgres_admin",
    // AWS makes it, keeps it in Secrets Manager and replaces it every week: it is in no state and no log of ours.
    manageMasterUserPassword: true,
    backupRetentionPeriod: args.backupDays,
    copyTagsToSnapshot: true,
    deletionProtection: protect,
    skipFinalSnapshot: !protect,
    ...(protect ? { finalSnapshotIdentifier: `${args.identifier}-final` } : {}),
    performanceInsightsEnabled: true,
    enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
    applyImmediately: !protect,
  };
}

/** Postgres that AWS runs: encrypted, TLS only, reachable from the network of the cluster and nowhere else. */
export class RdsPostgres extends pulumi.ComponentResource {
  readonly host: pulumi.Output<string>;
  /** ARN of the secret that AWS keeps the administrator's password in. */
  readonly adminSecretArn: pulumi.Output<string>;
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: RdsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:registry:RdsPostgres", name, {}, opts);
    const problems = findRdsProblems(args);
    if (problems.length > 0) throw new RangeError(`Database ${args.identifier}: ${problems.join("; ")}`);
    const protect = args.protect ?? false;
    const child = { parent: this, provider: args.aws.provider };
    const kept = { ...child, protect };

    const key = new aws.kms.Key(
      name,
      { description: `Database ${args.identifier}`, enableKeyRotation: true, deletionWindowInDays: 30 },
      kept,
    );
    const instance = new aws.rds.Instance(
      name,
      {
        ...planRds(args),
        kmsKeyId: key.arn,
        performanceInsightsKmsKeyId: key.arn,
        dbSubnetGroupName: this.subnets(name, args, child).name,
        vpcSecurityGroupIds: [this.firewall(name, args, child).id],
        parameterGroupName: this.parameters(name, child).name,
      },
      { ...kept, ignoreChanges: ["allocatedStorage"] },
    );
    this.host = instance.address;
    this.adminSecretArn = instance.masterUserSecrets.apply(([secret]) => secret?.secretArn ?? "");
    this.ready = [instance];
    this.registerOutputs({ host: this.host });
  }

  private subnets(name: string, args: RdsArgs, child: pulumi.CustomResourceOptions): aws.rds.SubnetGroup {
    return new aws.rds.SubnetGroup(
      name,
      { name: args.identifier, subnetIds: [...args.aws.privateSubnetIds], description: "Private subnets" },
      child,
    );
  }

  /** Pods have addresses of the network; which of them may come is their namespaces' network policy. */
  private firewall(name: string, { aws: access }: RdsArgs, child: pulumi.CustomResourceOptions): aws.ec2.SecurityGroup {
    const group = new aws.ec2.SecurityGroup(
      name,
      { vpcId: access.vpcId, description: "Postgres, called from within", tags: { Name: name } },
      child,
    );
    new aws.vpc.SecurityGroupIngressRule(
      name,
      {
        securityGroupId: group.id,
        cidrIpv4: access.vpcCidr,
        ipProtocol: "tcp",
        fromPort: POSTGRES_PORT,
        toPort: POSTGRES_PORT,
      },
      child,
    );
    return group;
  }

  private parameters(name: string, child: pulumi.CustomResourceOptions): aws.rds.ParameterGroup {
    return new aws.rds.ParameterGroup(
      name,
      { family: `postgres${VERSION}`, description: "TLS only", parameters: RDS_PARAMETERS },
      child,
    );
  }
}
