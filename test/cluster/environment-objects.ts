import { setTimeout as delay } from "node:timers/promises";
import { KubeConfig, type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

/** A few verbs on any kind of object. */
export class TestCluster {
  readonly api: KubernetesObjectApi;

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    this.api = KubernetesObjectApi.makeApiClient(config);
  }

  async create(object: KubernetesObject): Promise<void> {
    await this.api.create(object);
  }

  async merge(object: KubernetesObject & Record<string, unknown>): Promise<void> {
    await this.api.patch(object, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
  }

  async read(apiVersion: string, kind: string, namespace: string, name: string): Promise<Record<string, unknown>> {
    return this.api.read<KubernetesObject & Record<string, unknown>>({
      apiVersion,
      kind,
      metadata: { namespace, name },
    });
  }

  /** Until it does not throw; the last error when it never stops to. */
  async eventually<T>(attempt: () => Promise<T>, timeoutMillis = 60_000): Promise<T> {
    const deadline = Date.now() + timeoutMillis;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(100);
      }
    }
  }
}
