import { type Cases, unknown, wrong } from "./platform-case.ts";
import * as right from "./platform-fixture.ts";
import { change, policyText, resource } from "./platform-fixture.ts";

const RDS = right.database;

/** What the account of the cloud holds. */
export const CLOUD_CASES: Readonly<Record<string, Cases>> = {
  "buckets-are-encrypted": {
    wrong: [
      wrong(
        "S3's own key",
        change(right.bucketEncryption, "rules.0.applyServerSideEncryptionByDefault", { sseAlgorithm: "AES256" }),
        "is not encrypted with a KMS key",
      ),
      wrong(
        "encryption of another bucket only",
        { ...right.bucketEncryption, computedFrom: {} },
        "has no encryption of its own",
      ),
    ],
    unknown: unknown(right.bucketEncryption, "rules", "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm"),
  },
  "buckets-are-private": {
    wrong: [
      wrong(
        "one of the four left out",
        change(right.publicAccess, "ignorePublicAcls", undefined),
        "does not set ignorePublicAcls",
      ),
      wrong("a block of another bucket", { ...right.publicAccess, computedFrom: {} }, "blocks no public access"),
      wrong("a public access list", change(right.bucket, "acl", "public-read"), "has the access list public-read"),
    ],
    unknown: unknown(right.publicAccess, "restrictPublicBuckets"),
  },
  "control-plane-is-closed": {
    wrong: [
      wrong(
        "open to all",
        change(right.eks, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"]),
        "can be called from everywhere",
      ),
      wrong(
        "open to all of IPv6",
        change(right.eks, "vpcConfig.publicAccessCidrs", ["::/0"]),
        "can be called from everywhere",
      ),
      wrong(
        "public without naming anyone, which AWS takes for everyone",
        change(right.eks, "vpcConfig", {}),
        "can be called from everywhere",
      ),
    ],
    unknown: unknown(
      right.eks,
      "vpcConfig",
      "vpcConfig.endpointPublicAccess",
      "vpcConfig.publicAccessCidrs",
      "vpcConfig.publicAccessCidrs.0",
    ),
  },
  "data-is-encrypted": {
    wrong: [
      wrong(
        "secrets without a key",
        change(right.eks, "encryptionConfig", undefined),
        "keeps its secrets without a key",
      ),
      wrong(
        "a disk",
        change(right.launchTemplate, "blockDeviceMappings.0.ebs.encrypted", "false"),
        "has a disk /dev/xvda",
      ),
      wrong(
        "disks that are left to the account",
        change(right.launchTemplate, "blockDeviceMappings", []),
        "account's default",
      ),
      wrong("a database", change(RDS, "storageEncrypted", undefined), "Instance postgres is not encrypted"),
      wrong("a log", change(right.logs, "kmsKeyId", undefined), "LogGroup logs is not encrypted with a key of ours"),
      wrong("a class of disks", change(right.storageClass, "parameters", {}), "makes disks that are not encrypted"),
    ],
    unknown: [
      ...unknown(RDS, "storageEncrypted"),
      ...unknown(right.launchTemplate, "blockDeviceMappings.0.ebs.encrypted"),
      ...unknown(right.storageClass, "parameters"),
    ],
  },
  "data-is-protected": {
    wrong: [
      wrong("a bucket", { ...right.bucket, protect: false }, "its resource option protect is not set"),
      wrong(
        "a topic",
        resource("kubernetes:cluster.redpanda.com/v1alpha2:Topic", "jobs", {}, { protect: false }),
        "Topic jobs holds data",
      ),
      wrong("a bucket that goes with its objects", change(right.bucket, "forceDestroy", true), "forceDestroy"),
      wrong(
        "a database without deletion protection",
        change(RDS, "deletionProtection", undefined),
        "can be deleted past Pulumi",
      ),
      wrong("a database without a last snapshot", change(RDS, "skipFinalSnapshot", true), "without a last snapshot"),
    ],
    unknown: [...unknown(RDS, "deletionProtection"), ...unknown(right.eks, "deletionProtection")],
  },
  "databases-are-private": {
    wrong: [
      wrong("a public one", change(RDS, "publiclyAccessible", true), "can be reached publicly"),
      wrong(
        "a Redshift that says nothing",
        resource("aws:redshift/cluster:Cluster", "facts", {}),
        "can be reached publicly",
      ),
    ],
    unknown: unknown(RDS, "publiclyAccessible"),
  },
  "iam-lists-what-it-allows": {
    wrong: [
      wrong(
        "every action",
        change(right.rolePolicy, "policy", policyText({ Action: "*", Resource: "*" })),
        "allows every action",
      ),
      wrong(
        "every action of a service",
        change(right.rolePolicy, "policy", policyText({ Action: ["s3:*"] })),
        "allows every action of s3",
      ),
      wrong(
        "a wildcard on every resource",
        change(right.rolePolicy, "policy", policyText({ Action: ["s3:Get*"], Resource: "*" })),
        "allows s3:Get* on every resource",
      ),
      wrong(
        "all but some actions",
        change(right.rolePolicy, "policy", policyText({ NotAction: ["iam:*"] })),
        "allows every action",
      ),
      wrong(
        "the administrator's policy",
        change(right.attachment, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        "AdministratorAccess",
      ),
      wrong("what is no policy", change(right.rolePolicy, "policy", "{"), "is no JSON of an IAM policy"),
    ],
    unknown: "rights-are-known decides about a text that is not known; the update knows it before the policy is made",
  },
  "keys-rotate": {
    wrong: [
      wrong(
        "a key that says nothing",
        change(right.key, "enableKeyRotation", undefined),
        "Key artifacts is never rotated",
      ),
    ],
    unknown: unknown(right.key, "enableKeyRotation"),
  },
  "nodes-read-no-artifacts": {
    wrong: [
      wrong(
        "rights of its own",
        { ...right.rolePolicy, computedFrom: right.attachment.computedFrom },
        "Role node is the role of machines and has rights of its own by reader",
      ),
      wrong(
        "more of AWS's policies",
        change(right.attachment, "policyArn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        "may do all that AmazonS3ReadOnlyAccess allows",
      ),
    ],
    unknown: unknown(right.attachment, "policyArn"),
  },
  "security-groups-name-their-callers": {
    wrong: [
      wrong(
        "everybody",
        change(right.securityGroup, "ingress.0.cidrBlocks", ["0.0.0.0/0"]),
        "lets in everybody (0.0.0.0/0)",
      ),
      wrong(
        "everybody of IPv6, in a rule of its own",
        change(right.ingressRule, "cidrIpv6", "::/0"),
        "lets in everybody (::/0)",
      ),
    ],
    unknown: [
      ...unknown(right.securityGroup, "ingress", "ingress.0", "ingress.0.cidrBlocks.0"),
      ...unknown(right.ingressRule, "cidrIpv4"),
    ],
  },
};
