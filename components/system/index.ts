export {
  AVAILABILITIES,
  type Availability,
  CONTAINER_SECURITY,
  type ContainerSize,
  ON_SYSTEM_NODES,
  POD_SECURITY,
  replicas,
  resources,
  spreadOver,
} from "./baseline.ts";
export { CHARTS, type Chart, chartSource } from "./charts.ts";
export { WATCHED_DEFINITIONS } from "./constants.ts";
export { CrdSet, type CrdSetArgs } from "./crd-set.ts";
export { type Crd, isCrd, slimCrd } from "./crds.ts";
export { INSTALLS, type Install, type Installation } from "./install.ts";
export { type ChartReleaseArgs, chartRelease } from "./release.ts";
export type { SystemArgs } from "./system-args.ts";
export { planTaskPod, type TaskArgs, task } from "./task.ts";
