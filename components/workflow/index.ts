export { ArgoWorkflows, type ArgoWorkflowsArgs, planArgoValues } from "./argo.ts";
export { planArchive, type WorkflowArchive } from "./argo-archive.ts";
export { type ArgoConfigArgs, type LogArchive, planArgoConfig } from "./argo-config.ts";
export {
  apiGroup,
  CONTROLLER_RULES,
  type CreatedKind,
  controllerNamespaceRules,
  DRIVER_RULES,
  executorRules,
} from "./argo-rbac.ts";
export { type ArgoServerAuth, planServerValues, planSso, SERVER_RULES, serverNamespaceRules } from "./argo-server.ts";
export * from "./constants.ts";
export { type Flavor, planFlavors } from "./flavors.ts";
export { KUEUE_API, Kueue, type KueueArgs, planKueueConfig, planKueueValues } from "./kueue.ts";
export { PRIORITY_CLASSES, type PriorityClass } from "./priorities.ts";
export { PublishedProfile, type PublishedProfileArgs, profileText } from "./profile.ts";
export {
  type ClusterQueueSpec,
  coveredResources,
  NO_QUOTA,
  perQueue,
  planTeamQueues,
  poolShare,
  poolsOf,
  type QueuePlan,
  type Quota,
  type TeamShare,
  WORK_CLASSES,
  type WorkClass,
} from "./queues.ts";
