import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";
import type { System } from "./schema.ts";

/** What the platform needs of each system's definitions: what it creates, and what a controller will not start without. */
const NEEDED: Readonly<Record<System, readonly string[]>> = {
  "argo-workflows": [
    "clusterworkflowtemplates.argoproj.io",
    "cronworkflows.argoproj.io",
    "workflowartifactgctasks.argoproj.io",
    "workfloweventbindings.argoproj.io",
    "workflows.argoproj.io",
    "workflowtaskresults.argoproj.io",
    "workflowtasksets.argoproj.io",
    "workflowtemplates.argoproj.io",
  ],
  kueue: [
    "admissionchecks.kueue.x-k8s.io",
    "clusterqueues.kueue.x-k8s.io",
    "cohorts.kueue.x-k8s.io",
    "localqueues.kueue.x-k8s.io",
    "multikueueclusters.kueue.x-k8s.io",
    "multikueueconfigs.kueue.x-k8s.io",
    "provisioningrequestconfigs.kueue.x-k8s.io",
    "resourceflavors.kueue.x-k8s.io",
    "topologies.kueue.x-k8s.io",
    "workloadpriorityclasses.kueue.x-k8s.io",
    "workloads.kueue.x-k8s.io",
  ],
  kuberay: ["rayclusters.ray.io", "rayjobs.ray.io"],
  "spark-operator": ["sparkapplications.sparkoperator.k8s.io"],
  "flink-kubernetes-operator": ["flinkdeployments.flink.apache.org"],
};

/**
 * Paths of the definitions of a system that the platform installs; what else a release defines stays out.
 *
 * @param folder where all systems' definitions are laid out, `<folder>/<system>/<definition>.json`
 * @throws UserError naming those that are not there
 */
export function definitionFiles(folder: string, system: System): string[] {
  const files = NEEDED[system].map((name) => join(folder, system, `${name}.json`));
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length === 0) return files;
  throw new UserError(`Definitions of ${system} are missing:\n${missing.join("\n")}`, {
    hint: "ORCH_CRDS must name a folder with one sub-folder per system, and in it one JSON file per CustomResourceDefinition.",
    exitCode: 2,
  });
}

/** Why a system's definitions cannot be had on this machine, where that is so: the file UNAVAILABLE in its folder says it. */
export function whyUnavailable(folder: string, system: System): string | undefined {
  const file = join(folder, system, "UNAVAILABLE");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
