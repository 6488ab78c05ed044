import { z } from "zod";
import { knownAt, listAt, UNKNOWN, valueAt } from "../../verdict/known.ts";
import { belongsTo, kindOf, ofKind } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";

const ENCRYPTION = [
  "aws:s3/BucketServerSideEncryptionConfiguration",
  "aws:s3/BucketServerSideEncryptionConfigurationV2",
];

export const bucketsAreEncrypted = stackRule({
  name: "buckets-are-encrypted",
  description: "Every bucket encrypts its objects with a KMS key of ours.",
  why: "with a key of ours a role without the key reads nothing, whatever the bucket's policy says; S3's own key asks nobody.",
  fix: "add an aws.s3.BucketServerSideEncryptionConfiguration of the bucket with sseAlgorithm aws:kms and kmsMasterKeyId.",
  settings: z.strictObject({}),
  applies: ofKind("aws:s3/Bucket", "aws:s3/BucketV2"),
  check(bucket, _, stack) {
    const configuration = stack.find((one) => ENCRYPTION.includes(kindOf(one)) && belongsTo(one, "bucket", bucket));
    if (configuration === undefined)
      return ["has no encryption of its own: it has no ServerSideEncryptionConfiguration"];
    const rules = listAt(configuration.props, "rules");
    const byKey = rules.some((rule) => {
      const key = valueAt(rule, "applyServerSideEncryptionByDefault", "kmsMasterKeyId");
      // A key that is still to be made is a key of ours.
      return (
        /^aws:kms(:dsse)?$/.test(String(knownAt(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm"))) &&
        (key === UNKNOWN || typeof key === "string")
      );
    });
    return byKey ? [] : ["is not encrypted with a KMS key of ours"];
  },
});
