import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsAccess } from "./identity.ts";
import type { Permission } from "./permissions.ts";

/** Cheaper storage for objects that are rarely read. */
export const STORAGE_TIERS = ["INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER_IR"] as const;

export interface Lifecycle {
  /** Days a replaced or deleted object can be brought back. Default: 30. */
  readonly noncurrentDays?: number;
  /** Days until the parts of an upload that was never finished are dropped. Default: 7. */
  readonly abortUploadDays?: number;
  /** Move objects of this age. Default: they stay. */
  readonly transition?: {
    /** Days since they were written. */
    readonly days: number;
    readonly to: (typeof STORAGE_TIERS)[number];
  };
  /** Delete objects of this age below these prefixes. Default: none. */
  readonly expire?: Readonly<Record<string, number>>;
}

/** Nothing can be changed or deleted for so long: `compliance` by nobody at all, `governance` by those with a right to. */
export interface ObjectLock {
  readonly mode: "governance" | "compliance";
  readonly days: number;
}

export interface BucketArgs {
  readonly aws: AwsAccess;
  /** Name of the bucket: unique in the world, and known up front. */
  readonly bucket: string;
  readonly lifecycle?: Lifecycle;
  /** Can be turned on only when the bucket is made. Default: none. */
  readonly objectLock?: ObjectLock;
  /** Refuse to delete it; without, it is deleted with all that is in it. Default: false. */
  readonly protect?: boolean;
}

/** A bucket that keeps what it is given: versioned, encrypted with a key of its own, private, reached over TLS only. */
export class Bucket extends pulumi.ComponentResource {
  readonly bucket: string;
  readonly arn: string;
  /** Of the key; who reads or writes needs rights on it too: `permissions` has them. */
  readonly keyArn: pulumi.Output<string>;
  /** What a user depends on. */
  readonly ready: pulumi.Resource[];

  constructor(name: string, args: BucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("orch:cluster:Bucket", name, {}, opts);
    const problems = findBucketProblems(args);
    if (problems.length > 0) throw new RangeError(`Bucket ${args.bucket}: ${problems.join("; ")}`);
    const child = { parent: this, provider: args.aws.provider };
    const kept = { ...child, protect: args.protect ?? false };
    this.bucket = args.bucket;
    this.arn = `arn:aws:s3:::${args.bucket}`;

    const key = new aws.kms.Key(
      name,
      { description: `Objects of ${args.bucket}`, enableKeyRotation: true, deletionWindowInDays: 30 },
      kept,
    );
    this.keyArn = key.arn;
    const bucket = new aws.s3.Bucket(
      name,
      {
        bucket: args.bucket,
        objectLockEnabled: args.objectLock !== undefined,
        forceDestroy: args.protect !== true && args.objectLock === undefined,
      },
      kept,
    );
    this.ready = this.settings(name, args, bucket, key, child);
    this.registerOutputs({ bucket: this.bucket, arn: this.arn });
  }

  /** One after the other: S3 refuses two changes of a bucket at the same time. */
  private settings(
    name: string,
    args: BucketArgs,
    { id: bucket }: aws.s3.Bucket,
    key: aws.kms.Key,
    child: pulumi.CustomResourceOptions,
  ): pulumi.Resource[] {
    const closed = new aws.s3.BucketPublicAccessBlock(
      name,
      { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      child,
    );
    const owned = new aws.s3.BucketOwnershipControls(
      name,
      { bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
      { ...child, dependsOn: [closed] },
    );
    const versioned = new aws.s3.BucketVersioning(
      name,
      { bucket, versioningConfiguration: { status: "Enabled" } },
      { ...child, dependsOn: [owned] },
    );
    const encrypted = new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
            // One request to KMS per hour instead of one per object.
            bucketKeyEnabled: true,
          },
        ],
      },
      { ...child, dependsOn: [versioned] },
    );
    const policy = new aws.s3.BucketPolicy(
      name,
      { bucket, policy: JSON.stringify(planBucketPolicy(this.arn)) },
      { ...child, dependsOn: [encrypted] },
    );
    const cleaned = new aws.s3.BucketLifecycleConfiguration(
      name,
      { bucket, rules: planLifecycle(args.lifecycle) },
      { ...child, dependsOn: [policy] },
    );
    if (args.objectLock === undefined) return [cleaned];
    const { mode, days } = args.objectLock;
    const locked = new aws.s3.BucketObjectLockConfiguration(
      name,
      { bucket, rule: { defaultRetention: { mode: mode.toUpperCase(), days } } },
      { ...child, dependsOn: [cleaned] },
    );
    return [cleaned, locked];
  }

  /** Rights to use it: read everywhere below some prefixes, write below others. */
  permissions(access: BucketAccess): Permission[] {
    return planBucketPermissions(this, access);
  }
}

/** Why there cannot be such a bucket; none: there can. */
export function findBucketProblems({ bucket, lifecycle = {}, objectLock }: Omit<BucketArgs, "aws">): string[] {
  const { transition, noncurrentDays, abortUploadDays, expire = {} } = lifecycle;
  const days = [noncurrentDays, abortUploadDays, transition?.days, objectLock?.days, ...Object.values(expire)];
  return [
    ...(BUCKET_NAME.test(bucket)
      ? []
      : ["the name must be 3 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit"]),
    ...(days.some((count) => count !== undefined && !(Number.isInteger(count) && count > 0))
      ? ["days must be whole and above 0"]
      : []),
    ...(transition?.to === "STANDARD_IA" && transition.days < 30
      ? [`STANDARD_IA takes objects after 30 days, not ${transition.days}`]
      : []),
    ...(objectLock !== undefined && Object.values(expire).some((count) => count < objectLock.days)
      ? ["objects would expire before their lock does"]
      : []),
  ];
}

/** Without dots: they break the certificate of the bucket's own host name. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Nobody comes over plain HTTP or an old TLS, whatever else they may. */
export function planBucketPolicy(arn: string) {
  const deny = (sid: string, condition: object) => ({
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [arn, `${arn}/*`],
    Condition: condition,
  });
  return {
    Version: "2012-10-17",
    Statement: [
      deny("TlsOnly", { Bool: { "aws:SecureTransport": "false" } }),
      deny("Tls12", { NumericLessThan: { "s3:TlsVersion": "1.2" } }),
    ],
  };
}

export function planLifecycle({ noncurrentDays = 30, abortUploadDays = 7, transition, expire = {} }: Lifecycle = {}) {
  return [
    {
      id: "leftovers",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays },
      abortIncompleteMultipartUpload: { daysAfterInitiation: abortUploadDays },
      expiration: { expiredObjectDeleteMarker: true },
    },
    ...(transition === undefined
      ? []
      : [
          {
            id: "cheaper",
            status: "Enabled",
            filter: { prefix: "" },
            transitions: [{ days: transition.days, storageClass: transition.to }],
          },
        ]),
    ...Object.entries(expire).map(([prefix, days]) => ({
      id: `expire-${prefix.replaceAll("/", "-").replace(/-$/, "")}`,
      status: "Enabled",
      filter: { prefix },
      expiration: { days },
    })),
  ];
}

export interface BucketAccess {
  /** Prefixes to list and read below, e.g. `models/`; an empty one: all. Default: none. */
  readonly read?: readonly string[];
  /** Prefixes to write below. Default: none. */
  readonly write?: readonly string[];
  /** Prefixes to delete below; the versions stay. Default: none. */
  readonly delete?: readonly string[];
}

export function planBucketPermissions(
  { arn, keyArn }: { readonly arn: string; readonly keyArn: pulumi.Input<string> },
  access: BucketAccess,
): Permission[] {
  const { read = [], write = [], delete: remove = [] } = access;
  const below = (prefixes: readonly string[]) => prefixes.map((prefix) => `${arn}/${prefix}*`);
  const objects = (actions: Permission["actions"], prefixes: readonly string[]): Permission[] => {
    const [first, ...rest] = below(prefixes);
    return first === undefined ? [] : [{ actions, resources: [first, ...rest] }];
  };
  const listed = [...new Set([...read, ...write, ...remove])];
  const key: Permission["actions"] = write.length > 0 ? ["kms:Decrypt", "kms:GenerateDataKey"] : ["kms:Decrypt"];
  // Harbor goes on with an upload by looking for what it has begun.
  const list: Permission["actions"] =
    write.length > 0 ? ["s3:ListBucket", "s3:ListBucketMultipartUploads"] : ["s3:ListBucket"];
  return [
    ...objects(["s3:GetObject"], read),
    ...objects(["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], write),
    ...objects(["s3:DeleteObject"], remove),
    {
      actions: list,
      resources: [arn],
      // `IfExists`: by this right S3 also decides whether a client may ask if the bucket is there (CloudNativePG's backups do), and
      // whether an object that is missing is answered with "not found" or "forbidden". Neither names a prefix. Who lists without
      // one learns the names of objects, and no more.
      conditions: { StringLikeIfExists: { "s3:prefix": listed.map((prefix) => `${prefix}*`) } },
    },
    { actions: ["s3:GetBucketLocation"], resources: [arn] },
    { actions: key, resources: [keyArn] },
  ];
}
