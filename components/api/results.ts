import type * as pulumi from "@pulumi/pulumi";
import type { Permission } from "../cluster/index.ts";

/** Objects that the compiled Workflows make of what nodes write to their result path. */
const RESULTS = "runs/*/result.json";

/** The service reads what nodes say of their data, and none of the data. */
export function planResultRights({
  arn,
  keyArn,
}: {
  readonly arn: string;
  readonly keyArn: pulumi.Input<string>;
}): Permission[] {
  return [
    { actions: ["s3:GetObject"], resources: [`${arn}/${RESULTS}`] },
    {
      // Without it S3 answers "forbidden" for an object that is not there, and most nodes write none. It names no prefix when it decides
      // that, hence `IfExists`.
      actions: ["s3:ListBucket"],
      resources: [arn],
      conditions: { StringLikeIfExists: { "s3:prefix": ["runs/*"] } },
    },
    { actions: ["kms:Decrypt"], resources: [keyArn] },
  ];
}
