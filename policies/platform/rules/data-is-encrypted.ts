import { z } from "zod";
import { isProps, knownAt, listAt, type Props, UNKNOWN, valueAt } from "../../verdict/known.ts";
import { kindOf, ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

/** A key that is still to be made is there all the same. */
const isThere = (value: unknown): boolean => value === UNKNOWN || (typeof value === "string" && value !== "");
/** Launch templates write their booleans as text. */
const isTrue = (value: unknown): boolean => value === true || value === "true";

/** What each kind has to say, and what is wrong where it does not. */
const ASKED: Readonly<Record<string, (props: Props) => readonly string[]>> = {
  "aws:eks/Cluster": (props) => [
    ...(isThere(valueAt(props, "encryptionConfig", "provider", "keyArn")) &&
    listAt(props, "encryptionConfig", "resources").includes("secrets")
      ? []
      : ["keeps its secrets without a key of ours (encryptionConfig)"]),
  ],
  "aws:ec2/LaunchTemplate": (props) => {
    const disks = listAt(props, "blockDeviceMappings").filter(isProps);
    return [
      ...(disks.length === 0 ? ["leaves the encryption of its disks to the account's default"] : []),
      ...disks
        .filter((disk) => !isTrue(knownAt(disk, "ebs", "encrypted")))
        .map((disk) => `has a disk ${String(disk.deviceName)} that is not encrypted`),
    ];
  },
  "aws:ebs/Volume": (props) => (isTrue(knownAt(props, "encrypted")) ? [] : ["is not encrypted"]),
  "aws:efs/FileSystem": (props) => (isTrue(knownAt(props, "encrypted")) ? [] : ["is not encrypted"]),
  "aws:rds/Instance": (props) => (isTrue(knownAt(props, "storageEncrypted")) ? [] : ["is not encrypted"]),
  "aws:rds/Cluster": (props) => (isTrue(knownAt(props, "storageEncrypted")) ? [] : ["is not encrypted"]),
  "aws:cloudwatch/LogGroup": (props) =>
    isThere(valueAt(props, "kmsKeyId")) ? [] : ["is not encrypted with a key of ours (kmsKeyId)"],
  "kubernetes:storage.k8s.io/StorageClass": (props) =>
    !String(knownAt(props, "provisioner")).endsWith("ebs.csi.aws.com") ||
    isTrue(knownAt(props, "parameters", "encrypted"))
      ? []
      : ["makes disks that are not encrypted (parameters.encrypted)"],
};

export const dataIsEncrypted = resourceRule({
  name: "data-is-encrypted",
  description: "What is kept on a disk, in a database, a log or the cluster's own store is encrypted.",
  why: "a snapshot or a disk that reaches another account is worth nothing without the key.",
  fix: "switch the encryption on, with a KMS key of the stack's where one can be given. Most resources have to be replaced for it, so do it first.",
  settings: z.strictObject({}),
  applies: ofKind(...Object.keys(ASKED)),
  check: (resource) => ASKED[kindOf(resource)]?.(resource.props) ?? [],
});
