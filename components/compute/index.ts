export * from "./constants.ts";
export { FlinkOperator, planFlinkOperatorValues } from "./flink-operator.ts";
export { ICEBERG_CATALOGS, type IcebergCatalog, icebergPermissions, planTrinoCatalog } from "./iceberg.ts";
export { KuberayOperator, planKuberayValues } from "./kuberay.ts";
export {
  Materialize,
  type MaterializeArgs,
  type MaterializeSettings,
  planEnvironment,
  planMaterializeOperatorValues,
} from "./materialize.ts";
export { CONNECTION, connectionJob, planConnectionSql, rolloutId } from "./materialize-plan.ts";
export { OperatorCrds, type OperatorCrdsArgs } from "./operator.ts";
export { planRayCluster, RayCluster, type RayClusterArgs, type RayClusterSettings } from "./ray-cluster.ts";
export { planRayMonitor, rayMonitor } from "./ray-monitor.ts";
export { planFaultTolerance, RAY_IMAGE, RAY_VERSION, type Redis } from "./ray-pods.ts";
export {
  planRayService,
  planServeConfig,
  RayServe,
  type RayServeArgs,
  type RayServeSettings,
  servingPods,
  servingWorkers,
} from "./ray-serve.ts";
export { planSparkOperatorValues, SparkOperator } from "./spark-operator.ts";
export {
  type JvmSize,
  planResourceGroups,
  planTrinoValues,
  Trino,
  type TrinoArgs,
  type TrinoSettings,
} from "./trino.ts";
