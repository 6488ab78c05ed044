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

/**
 * Parts of objects that one writer replaces as a whole (`[]`: each item of a list), and whether they are checked when they are
 * written. The API server then notes one owner for the part and not one for every field in it: of a Workflow with 100 nodes that was
 * a third of its size, of a Workload two fifths, and at each of their many changes most of the work.
 */
export const WRITTEN_WHOLE: Readonly<Record<string, readonly WrittenWhole[]>> = {
  "workflows.argoproj.io": [
    { path: ["spec"], checked: true },
    { path: ["status"], checked: false },
  ],
  // A copy of a pod that was checked when it was created.
  "workloads.kueue.x-k8s.io": [{ path: ["spec", "podSets", "[]", "template"], checked: false }],
};

export interface WrittenWhole {
  readonly path: readonly string[];
  readonly checked: boolean;
}
