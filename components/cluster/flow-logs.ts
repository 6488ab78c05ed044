import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { LogRetentionDays } from "./log-key.ts";
import { type Permission, planPolicy } from "./permissions.ts";

export interface FlowLogSettings {
  /** Which connections are recorded: all, or only those that were refused (a fraction of them). */
  readonly traffic: "all" | "rejected";
  readonly retentionDays: LogRetentionDays;
}

export interface FlowLogsArgs extends FlowLogSettings {
  readonly account: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Encrypts the log group. */
  readonly keyArn: pulumi.Input<string>;
}

/** Who talked to whom: kept in CloudWatch, encrypted, written by a role that can do nothing else. */
export function flowLogs(name: string, args: FlowLogsArgs, child: pulumi.CustomResourceOptions): void {
  const group = new aws.cloudwatch.LogGroup(
    `${name}-flow`,
    { name: flowLogGroup(name), retentionInDays: args.retentionDays, kmsKeyId: args.keyArn },
    child,
  );
  const { trust, rights } = planFlowLogRole(name, args);
  const role = new aws.iam.Role(`${name}-flow`, { assumeRolePolicy: JSON.stringify(trust) }, child);
  const policy = new aws.iam.RolePolicy(
    `${name}-flow`,
    { role: role.name, policy: JSON.stringify(planPolicy(rights)) },
    child,
  );
  new aws.ec2.FlowLog(
    name,
    {
      vpcId: args.vpcId,
      trafficType: args.traffic === "all" ? "ALL" : "REJECT",
      logDestinationType: "cloud-watch-logs",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 600,
      tags: { Name: name },
    },
    { ...child, dependsOn: [policy] },
  );
}

const flowLogGroup = (name: string) => `/orch/${name}/flow`;

/** Rights on the one log group, for flow logs of this account only. */
export function planFlowLogRole(name: string, { account, region }: Pick<FlowLogsArgs, "account" | "region">) {
  const group = `arn:aws:logs:${region}:${account}:log-group:${flowLogGroup(name)}`;
  return {
    trust: {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "vpc-flow-logs.amazonaws.com" },
          Action: ["sts:AssumeRole"],
          Condition: {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${account}:vpc-flow-log/*` },
          },
        },
      ],
    },
    rights: [
      {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        resources: [group, `${group}:*`],
      },
      { actions: ["logs:DescribeLogGroups"], resources: ["*"] },
    ] satisfies Permission[],
  };
}
