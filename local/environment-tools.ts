import type { ToolPaths } from "./cluster/index.ts";
import { type EnsureOptions, ensureTools } from "./toolchain/index.ts";

export interface LocalTools {
  /** What the embedded environment runs. */
  readonly environment: ToolPaths;
  /** Path of the Pulumi CLI. */
  readonly pulumi: string;
  /** Path of the language host for Node programs. */
  readonly languageHost: string;
  /** How many came from PATH, the cache, or were built now. */
  readonly sources: Readonly<Record<"path" | "cache" | "built", number>>;
}

/** Every tool of the embedded environment and its engine: found, or built with a display of the progress. */
export async function ensureLocalTools(options: EnsureOptions = {}): Promise<LocalTools> {
  const tools = await ensureTools(
    [
      "pulumi",
      "pulumi-language-nodejs",
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
      "workflow-controller",
      "argoexec",
      "kueue",
    ],
    options,
  );
  const sources = { path: 0, cache: 0, built: 0 };
  for (const { source } of Object.values(tools)) sources[source] += 1;
  return {
    environment: {
      etcd: tools.etcd.path,
      kubeApiserver: tools["kube-apiserver"].path,
      kubeControllerManager: tools["kube-controller-manager"].path,
      kubeScheduler: tools["kube-scheduler"].path,
      kwok: tools.kwok.path,
      workflowController: tools["workflow-controller"].path,
      argoexec: tools.argoexec.path,
      kueue: tools.kueue.path,
    },
    pulumi: tools.pulumi.path,
    languageHost: tools["pulumi-language-nodejs"].path,
    sources,
  };
}
