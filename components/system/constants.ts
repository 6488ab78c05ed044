/**
 * Definitions that a controller insists on watching and nobody creates objects of: their checks would be dead weight in the
 * cluster. No imports here.
 */
export const WATCHED_DEFINITIONS: readonly string[] = [
  "clusterworkflowtemplates.argoproj.io",
  "cronworkflows.argoproj.io",
  "workflowartifactgctasks.argoproj.io",
  "workfloweventbindings.argoproj.io",
  "workflowtasksets.argoproj.io",
  "workflowtemplates.argoproj.io",
  "rayclusters.ray.io",
];
