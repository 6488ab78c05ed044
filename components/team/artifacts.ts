import type * as pulumi from "@pulumi/pulumi";
import { type BucketAccess, PodRole, type PodRoleArgs, planBucketPermissions } from "../cluster/index.ts";
import { DRIVER_ACCOUNT, EXECUTOR_ACCOUNT, WORKFLOW_ACCOUNT } from "../workflow/index.ts";

/** The platform's bucket of what runs read and write. */
export interface ArtifactBucket {
  readonly aws: PodRoleArgs["aws"];
  readonly arn: string;
  readonly keyArn: string;
  /** Prefixes that all teams may read, besides what runs write. */
  readonly shared: readonly string[];
}

/** Where the compiler puts what a run writes. */
const OUTPUTS = ["models/", "reports/", "runs/"] as const;
const LOGS = "logs/";

/**
 * A team's main containers read and write outputs; argoexec's own pods only archive their logs. Nothing of a run can be
 * deleted by a run.
 */
export function planArtifactAccess(shared: readonly string[]): Record<string, BucketAccess> {
  return {
    [WORKFLOW_ACCOUNT]: { read: [...OUTPUTS, ...shared], write: [...OUTPUTS, LOGS] },
    [DRIVER_ACCOUNT]: { read: [...OUTPUTS, ...shared], write: [...OUTPUTS] },
    [EXECUTOR_ACCOUNT]: { write: [LOGS] },
  };
}

/** Each of a team's accounts with its rights in the bucket, by Pod Identity. */
export function artifactRoles(
  team: string,
  namespace: string,
  bucket: ArtifactBucket,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  return Object.entries(planArtifactAccess(bucket.shared)).flatMap(
    ([serviceAccount, access]) =>
      new PodRole(
        `${team}-${serviceAccount}`,
        { aws: bucket.aws, namespace, serviceAccount, permissions: planBucketPermissions(bucket, access) },
        opts,
      ).ready,
  );
}
