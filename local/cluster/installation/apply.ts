import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from "@kubernetes/client-node";

const FIELD_MANAGER = "orch-embedded";
const IN_FLIGHT = 16;

/** Server-side apply and little else: what the environment needs of the API server for its own objects. */
export class ClusterObjects {
  readonly #api: KubernetesObjectApi;

  constructor(kubeconfigPath: string) {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfigPath);
    this.#api = KubernetesObjectApi.makeApiClient(config);
  }

  async apply(object: KubernetesObject): Promise<void> {
    await this.#api.patch(object, undefined, undefined, FIELD_MANAGER, true, PatchStrategy.ServerSideApply);
  }

  async applyAll(objects: readonly KubernetesObject[]): Promise<void> {
    await eachOf(objects, (object) => this.apply(object));
  }

  /** Creates what is missing; what exists stays as it is. */
  async createMissing(objects: readonly KubernetesObject[]): Promise<void> {
    await eachOf(objects, async (object) => {
      try {
        await this.#api.create(object);
      } catch (error) {
        if (statusOf(error) !== 409) throw error;
      }
    });
  }

  /** Deletes what is there; what is not is fine. */
  async deleteAll(objects: readonly KubernetesObject[]): Promise<void> {
    await eachOf(objects, async (object) => {
      try {
        await this.#api.delete(object);
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    });
  }

  async list(apiVersion: string, kind: string, labelSelector?: string): Promise<KubernetesObject[]> {
    const list = await this.#api.list(
      apiVersion,
      kind,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      labelSelector,
    );
    return list.items;
  }

  /** Undefined when there is no such object (or no such kind). */
  async read(object: KubernetesObject): Promise<(KubernetesObject & Record<string, unknown>) | undefined> {
    try {
      const { apiVersion, kind, metadata } = object;
      return await this.#api.read({
        apiVersion: apiVersion ?? "",
        kind: kind ?? "",
        metadata: { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" },
      });
    } catch (error) {
      if (statusOf(error) === 404 || (error instanceof Error && error.message.startsWith("Unrecognized API version"))) {
        return undefined;
      }
      throw error;
    }
  }
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** What the API server answered, without the request's headers around it. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiException && typeof error.body === "string") {
    try {
      const { message } = JSON.parse(error.body) as { message?: string };
      if (message) return message;
    } catch {
      // Not a Status: said in full below.
    }
  }
  return error instanceof Error ? error.message : String(error);
}

async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, worker));
}
