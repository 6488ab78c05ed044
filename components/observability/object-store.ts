import type * as pulumi from "@pulumi/pulumi";
import { type Permission, planBucketPermissions } from "../cluster/index.ts";

/** A part of a bucket that one system keeps its data in. */
export interface ObjectStore {
  readonly bucket: string;
  readonly arn: string;
  /** Of the key that its objects are encrypted with. */
  readonly keyArn: pulumi.Input<string>;
  readonly region: string;
  /** Below the bucket, letters and digits: what this system may touch. */
  readonly prefix: string;
}

/**
 * What a system needs that keeps objects: those under its prefix, and to list them; the prefix itself too, without a slash:
 * Tempo asks for it when it starts, and does not start without an answer.
 */
export function storePermissions(store: ObjectStore): Permission[] {
  const own = [`${store.prefix}/`];
  return [
    ...planBucketPermissions(store, { read: own, write: own, delete: own }),
    { actions: ["s3:ListBucket"], resources: [store.arn], conditions: { StringEquals: { "s3:prefix": store.prefix } } },
  ];
}
