import { z } from "zod";
import { knownAt } from "../../verdict/known.ts";
import { belongsTo, kindOf, ofKind } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";

const BLOCKS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;
const PUBLIC_ACL = /^(public-|authenticated-read)/;

export const bucketsArePrivate = stackRule({
  name: "buckets-are-private",
  description: "Every bucket blocks public access in all four ways that there are.",
  why: "models, features and audit exports lie in buckets; each of the four ways has been somebody's leak.",
  fix: "add an aws.s3.BucketPublicAccessBlock of the bucket with all four set to true; components/cluster's Bucket does it.",
  settings: z.strictObject({}),
  applies: ofKind("aws:s3/Bucket", "aws:s3/BucketV2"),
  check(bucket, _, stack) {
    // Left out, it is what AWS answers later; the block then ignores whatever that is.
    const { acl } = bucket.props;
    const block = stack.find(
      (one) => kindOf(one) === "aws:s3/BucketPublicAccessBlock" && belongsTo(one, "bucket", bucket),
    );
    const missing = BLOCKS.filter((way) => block !== undefined && knownAt(block.props, way) !== true);
    return [
      ...(typeof acl === "string" && PUBLIC_ACL.test(acl) ? [`has the access list ${acl}`] : []),
      ...(block === undefined ? ["blocks no public access: it has no BucketPublicAccessBlock"] : []),
      ...(missing.length === 0 ? [] : [`does not set ${missing.join(", ")}`]),
    ];
  },
});
