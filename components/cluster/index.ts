export { ADD_ON_VERSIONS, type AddOnName, KUBERNETES_MINORS, type KubernetesMinor, planAddOns } from "./add-ons.ts";
export {
  type Balloon,
  type BalloonSizes,
  Balloons,
  type BalloonsArgs,
  balloonProblem,
  PAUSE_IMAGE,
  planBalloon,
} from "./balloons.ts";
export {
  Bucket,
  type BucketAccess,
  type BucketArgs,
  findBucketProblems,
  type Lifecycle,
  type ObjectLock,
  planBucketPermissions,
  STORAGE_TIERS,
} from "./bucket.ts";
export { CLUSTER_KINDS, type Cluster, type ClusterFacts, type ClusterKind, PROVIDER_SETTINGS } from "./cluster.ts";
export {
  AUTOSCALER_SERVICES,
  autoscalerMonitor,
  ClusterAutoscaler,
  type ClusterAutoscalerArgs,
  planAutoscalerPermissions,
  planAutoscalerValues,
} from "./cluster-autoscaler.ts";
export { ConnectedCluster, type ConnectedClusterArgs } from "./connected.ts";
export * from "./constants.ts";
export {
  type ApiAccess,
  CONTROL_PLANE_LOGS,
  type ControlPlaneLogs,
  planEksApiServer,
  SERVICE_CIDR,
} from "./control-plane.ts";
export { DevicePlugin, type DevicePluginArgs, planDevicePluginValues } from "./device-plugin.ts";
export { EksCluster, type EksClusterArgs } from "./eks.ts";
export { INTERFACE_ENDPOINTS, type InterfaceEndpoint } from "./endpoints.ts";
export type { FlowLogSettings } from "./flow-logs.ts";
export { type AwsAccess, awsEgress, PodRole, type PodRoleArgs } from "./identity.ts";
export { KnownEksCluster, type KnownEksClusterArgs } from "./known-eks.ts";
export { planEksKubeconfig } from "./kubeconfig.ts";
export { LOG_RETENTION_DAYS, type LogRetentionDays } from "./log-key.ts";
export { MetricsServer, type MetricsServerArgs, planMetricsServerValues } from "./metrics-server.ts";
export { NAT_STRATEGIES, type NatStrategy, Network, type NetworkArgs } from "./network.ts";
export { MAX_ZONES, type NetworkPlan, overlap, planNetwork, type SubnetPlan } from "./network-plan.ts";
export {
  type NodeGroupPlan,
  NodeGroups,
  type PoolSize,
  type PoolSizes,
  planNodeGroups,
  planPriorities,
  shareOf,
  type WarmPool,
} from "./node-groups.ts";
export { type Permission, planPolicy } from "./permissions.ts";
export {
  type Allocatable,
  allocatable,
  deviceResources,
  devicesOf,
  flavorName,
  type GpuCut,
  LOCAL_NODE_COUNTS,
  LOCAL_REGION,
  LOCAL_ZONES,
  type LocalNode,
  type NodePool,
  OPTIONAL_POOLS,
  type PerPool,
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
  workPools,
} from "./pools.ts";
export { findClusterConflicts, findClusterProblems, type Problem } from "./problems.ts";
