import type { ResourceRule } from "../rule.ts";
import { listAt, valueAt } from "../shape.ts";

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

export const controlPlaneIsClosed: ResourceRule = {
  name: "control-plane-is-closed",
  description:
    "A cluster's API is private, or public to named addresses only, and its secrets are encrypted with a key of ours.",
  enforcement: "mandatory",
  scope: "resource",
  check({ type, name, props }) {
    if (type !== "aws:eks/cluster:Cluster") return [];
    const open = listAt(props, "vpcConfig", "publicAccessCidrs").filter((cidr) => EVERYWHERE.includes(String(cidr)));
    const publicByDefault =
      valueAt(props, "vpcConfig", "endpointPublicAccess") !== false &&
      listAt(props, "vpcConfig", "publicAccessCidrs").length === 0;
    return [
      ...(open.length > 0 || publicByDefault
        ? [`the API of ${name} can be called from everywhere; name the addresses`]
        : []),
      ...(valueAt(props, "encryptionConfig") === undefined
        ? [`the secrets of ${name} are not encrypted with a key of ours`]
        : []),
    ];
  },
};
