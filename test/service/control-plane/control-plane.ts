import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomObjectsApi, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { loadAll } from "js-yaml";
import { planLocalNodes } from "../../../components/cluster/pools.ts";
import { type Crd, isCrd, slimCrd } from "../../../components/system/index.ts";
import { startEnvironment } from "../../../local/cluster/index.ts";
import { ensureLocalTools } from "../../../local/environment-tools.ts";
import { findData } from "../../../local/toolchain/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { eventually } from "./eventually.ts";

export interface ControlPlane {
  readonly stateDir: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** Upstream's own, in two sizes. */
async function argoDefinitions(size: "full" | "minimal"): Promise<Crd[]> {
  const found = await findData("argo-crds");
  if (!("path" in found)) throw new Error(found.unavailable);
  const folder = join(found.path, size);
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files
    .flatMap((file) => loadAll(readFileSync(join(folder, file), "utf8")))
    .filter(isCrd)
    .map(slimCrd);
}

const DEFINITIONS = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" } as const;

/**
 * A control plane with Argo's definitions and the teams' namespaces, and no controllers: what is created stays as it was created.
 * The platform stack is not applied, so it is there in seconds.
 *
 * @param definitions `full` check each field of a Workflow; `minimal` are what the platform installs
 */
export async function startControlPlane(definitions: "full" | "minimal" = "full"): Promise<ControlPlane> {
  const stateDir = mkdtempSync(join(tmpdir(), "orch-service-"));
  const tools = await ensureLocalTools();
  const environment = await startEnvironment({
    stateDir,
    tools: tools.environment,
    nodes: planLocalNodes({ cpu: 1, cpu_spot: 0, gpu: 0, gpu_spot: 0, system: 0 }),
  });
  try {
    const config = new KubeConfig();
    config.loadFromFile(environment.kubeconfig);
    const api = KubernetesObjectApi.makeApiClient(config);
    const custom = config.makeApiClient(CustomObjectsApi);
    for (const body of await argoDefinitions(definitions)) {
      // Not as an object of the typed client, which loses what it does not know of a schema.
      await custom.createClusterCustomObject({ ...DEFINITIONS, body });
    }
    for (const { namespace } of Object.values(localProfile().teams)) {
      await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }
    await eventually("Workflows are served", () =>
      api.list("argoproj.io/v1alpha1", "Workflow", "team-research").then(() => true),
    );
  } catch (error) {
    await environment.stop();
    throw error;
  }
  return {
    stateDir,
    kubeconfig: environment.kubeconfig,
    stop: async () => {
      await environment.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
