/** Names that policies, the local environment and other rooms rely on. No imports here: it must load anywhere. */

/** Node label with the pool's name, e.g. `gpu_spot`. */
export const POOL_LABEL = "orch.dev/pool";
/** Node label with what the pool is for: `cpu`, `gpu`, `gpu-slice` or `system`. */
export const CLASS_LABEL = "orch.dev/class";
/** Classes of nodes with GPUs, whole or cut. */
export const GPU_CLASSES = ["gpu", "gpu-slice"] as const;
/** Node label with how the capacity is bought: `spot` or `on-demand`. */
export const CAPACITY_LABEL = "orch.dev/capacity";

/** Set by EKS itself on every managed node; simulated nodes carry it too. */
export const EKS_CAPACITY_LABEL = "eks.amazonaws.com/capacityType";
/** What Cluster Autoscaler reads to tell GPU shapes apart. */
export const ACCELERATOR_LABEL = "k8s.amazonaws.com/accelerator";
export const ZONE_LABEL = "topology.kubernetes.io/zone";
export const REGION_LABEL = "topology.kubernetes.io/region";
export const INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type";

export const GPU_RESOURCE = "nvidia.com/gpu";
/** A slice of a GPU (MIG), as NVIDIA's device plugin calls it with the strategy `mixed`, e.g. `nvidia.com/mig-1g.10gb`. */
export const sliceResource = (slice: string) => `nvidia.com/mig-${slice}`;
/** Node label with the layout that its GPUs are cut by, as NVIDIA's tools call it, e.g. `all-1g.10gb`. */
export const MIG_CONFIG_LABEL = "nvidia.com/mig.config";

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** Keeps whatever did not ask for spot off nodes that may vanish. */
export const SPOT_TAINT: Taint = { key: "orch.dev/spot", value: "true", effect: "NoSchedule" };
/** Keeps CPU work off GPU nodes; the NVIDIA device plugin tolerates this key. */
export const GPU_TAINT: Taint = { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" };

/** Class of the cluster's disks: encrypted gp3, made by EBS's driver in the zone of the pod. */
export const STORAGE_CLASS = "gp3";

export const AUTOSCALER_NAMESPACE = "cluster-autoscaler";
export const DEVICE_PLUGIN_NAMESPACE = "nvidia-device-plugin";
export const BALLOON_NAMESPACE = "balloons";

/** Of balloon pods: below every job, and just not so low that the autoscaler would not add a node for them. */
export const BALLOON_PRIORITY = -10;
