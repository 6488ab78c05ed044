import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomObjectsApi, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { planLocalNodes } from "../../../components/cluster/pools.ts";
import { startEnvironment } from "../../../local/cluster/index.ts";
import { prepareCrds } from "../../../local/engine/crds.ts";
import { ensureLocalTools } from "../../../local/environment-tools.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { eventually } from "./eventually.ts";

export interface ControlPlane {
  readonly stateDir: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const DEFINITIONS = { group: "apiextensions.k8s.io", version: "v1", plural: "customresourcedefinitions" } as const;

/**
 * A control plane with Argo's definitions and the teams' namespaces, and no controllers: what is created stays as it was created.
 * The platform stack is not applied, so it is there in seconds.
 */
export async function startControlPlane(): Promise<ControlPlane> {
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
    const crds = join(await prepareCrds(undefined), "argo-workflows");
    for (const file of readdirSync(crds)) {
      // Not as an object of the typed client, which loses what it does not know of a schema.
      const body: unknown = JSON.parse(readFileSync(join(crds, file), "utf8"));
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
