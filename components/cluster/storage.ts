import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { MANAGED_BY } from "../security/constants.ts";
import { STORAGE_CLASS } from "./constants.ts";

export interface StorageClassArgs {
  /** Keep the disk of a volume whose claim is deleted: it goes on costing until someone deletes it. */
  readonly keep: boolean;
}

/** Encrypted gp3 disks in the zone of the pod that asks first, growable, the default of the cluster. */
export function storageClass(
  name: string,
  { keep }: StorageClassArgs,
  child: pulumi.CustomResourceOptions,
): k8s.storage.v1.StorageClass {
  return new k8s.storage.v1.StorageClass(
    `${name}-${STORAGE_CLASS}`,
    {
      metadata: {
        name: STORAGE_CLASS,
        labels: { ...MANAGED_BY },
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      reclaimPolicy: keep ? "Retain" : "Delete",
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
    },
    child,
  );
}
