export { CLUSTER_KINDS, type Cluster, type ClusterFacts, type ClusterKind } from "./cluster.ts";
export { ConnectedCluster, type ConnectedClusterArgs } from "./connected.ts";
export * from "./constants.ts";
export { EksCluster, type EksClusterArgs } from "./eks.ts";
export { type AwsAccess, type Permission, PodRole, type PodRoleArgs, planPolicy } from "./identity.ts";
export { planEksKubeconfig } from "./kubeconfig.ts";
export { Network, type NetworkArgs } from "./network.ts";
export { MAX_ZONES, type NetworkPlan, planNetwork, type SubnetPlan } from "./network-plan.ts";
export {
  type NodeGroupPlan,
  NodeGroups,
  type PoolSize,
  type PoolSizes,
  planNodeGroups,
  shareOf,
} from "./node-groups.ts";
export {
  type Allocatable,
  allocatable,
  flavorName,
  LOCAL_NODE_COUNTS,
  LOCAL_REGION,
  LOCAL_ZONES,
  type LocalNode,
  type NodePool,
  POOL_NAMES,
  POOLS,
  type PoolClass,
  type PoolName,
  planLocalNodes,
  poolLabels,
  poolTaints,
  poolTolerations,
  type Shape,
  type Toleration,
  WORK_POOLS,
} from "./pools.ts";
