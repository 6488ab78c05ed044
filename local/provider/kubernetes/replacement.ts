import { type PathSegment, parsePropertyPath } from "./diff.ts";
import type { Gvk } from "./object.ts";

/** Fields that Kubernetes does not let change, per group and kind: a new value takes a new object. */
const IMMUTABLE: Record<string, string[]> = {
  "apps/Deployment": ["spec.selector"],
  "apps/DaemonSet": ["spec.selector"],
  "apps/ReplicaSet": ["spec.selector"],
  "apps/StatefulSet": ["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"],
  "batch/Job": [
    "spec.selector",
    "spec.template",
    "spec.completions",
    "spec.completionMode",
    "spec.podReplacementPolicy",
  ],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
  "storage.k8s.io/CSIDriver": ["spec.attachRequired", "spec.volumeLifecycleModes"],
  "scheduling.k8s.io/PriorityClass": ["value", "preemptionPolicy"],
  "node.k8s.io/RuntimeClass": ["handler"],
  "networking.k8s.io/IngressClass": ["spec.controller"],
  "apiextensions.k8s.io/CustomResourceDefinition": ["spec.group", "spec.scope", "spec.names.plural", "spec.names.kind"],
  "/Pod": ["spec"],
  "/Service": ["spec.clusterIP", "spec.clusterIPs"],
  "/ResourceQuota": ["spec.scopes", "spec.scopeSelector"],
  "/PersistentVolumeClaim": [
    "spec.accessModes",
    "spec.selector",
    "spec.storageClassName",
    "spec.volumeName",
    "spec.volumeMode",
    "spec.dataSource",
  ],
  "/PersistentVolume": ["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.volumeMode"],
};

export interface Mutability {
  /** Change the data of a ConfigMap in place instead of replacing it. Default false, as in the real provider. */
  configMaps: boolean;
  /** Change the data of a Secret in place. Default false. */
  secrets: boolean;
}

/** The paths whose change replaces an object of this kind. */
export function replacementPaths(gvk: Gvk, immutable: boolean, mutability: Mutability): PathSegment[][] {
  const paths = [
    "apiVersion",
    "kind",
    "metadata.name",
    "metadata.namespace",
    ...(IMMUTABLE[`${gvk.group}/${gvk.kind}`] ?? []),
  ];
  if (gvk.group === "" && gvk.kind === "ConfigMap" && (immutable || !mutability.configMaps))
    paths.push("data", "binaryData");
  if (gvk.group === "" && gvk.kind === "Secret") {
    paths.push("type");
    if (immutable || !mutability.secrets) paths.push("data", "stringData");
  }
  return paths.map(parsePropertyPath);
}
