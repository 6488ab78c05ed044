import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Days that CloudWatch Logs can keep a log group's events; it knows no others. */
export const LOG_RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827] as const;
export type LogRetentionDays = (typeof LOG_RETENTION_DAYS)[number];

export interface LogKeyArgs {
  readonly account: string;
  readonly region: string;
  readonly protect: boolean;
}

/** The key of the cluster's log groups: CloudWatch may use it for the groups of this account, and for nothing else. */
export function logKey(name: string, args: LogKeyArgs, child: pulumi.CustomResourceOptions): aws.kms.Key {
  return new aws.kms.Key(
    `${name}-logs`,
    {
      description: `Logs of cluster ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: JSON.stringify(planLogKeyPolicy(args)),
    },
    { ...child, protect: args.protect },
  );
}

/** Of the key itself, so `*` is this one key: the account decides about it by IAM, as AWS's own default has it. */
export function planLogKeyPolicy({ account, region }: Pick<LogKeyArgs, "account" | "region">) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Account",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "CloudWatchLogs",
        Effect: "Allow",
        Principal: { Service: `logs.${region}.amazonaws.com` },
        Action: [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "kms:GenerateDataKey",
          "kms:DescribeKey",
        ],
        Resource: "*",
        Condition: {
          ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${region}:${account}:log-group:*` },
        },
      },
    ],
  };
}
