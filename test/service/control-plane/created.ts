import { CustomObjectsApi, type KubeConfig, Watch } from "@kubernetes/client-node";
import { z } from "zod";

const PLACE = { group: "argoproj.io", version: "v1alpha1", namespace: "team-research", plural: "workflows" } as const;
const named = z.object({ metadata: z.object({ name: z.string(), uid: z.string(), resourceVersion: z.string() }) });
const list = z.object({ metadata: z.object({ resourceVersion: z.string() }), items: z.array(named) });

/** Every Workflow that is ever created from now on, told by the API server and by nothing of the service. */
export class CreatedWorkflows {
  /** Name -> uids: more than one means that it was created more than once. */
  readonly uids = new Map<string, Set<string>>();
  readonly #config: KubeConfig;
  readonly #api: CustomObjectsApi;
  readonly #prefix: string;
  #version = "";
  #stopped = false;
  #request: AbortController | undefined;

  private constructor(config: KubeConfig, prefix: string) {
    this.#config = config;
    this.#api = config.makeApiClient(CustomObjectsApi);
    this.#prefix = prefix;
  }

  /** Those whose name begins with the prefix. */
  static async watch(config: KubeConfig, prefix: string): Promise<CreatedWorkflows> {
    const created = new CreatedWorkflows(config, prefix);
    created.#version = list.parse(await created.#api.listNamespacedCustomObject(PLACE)).metadata.resourceVersion;
    created.#follow();
    return created;
  }

  #follow(): void {
    const path = `/apis/${PLACE.group}/${PLACE.version}/namespaces/${PLACE.namespace}/${PLACE.plural}`;
    void new Watch(this.#config)
      .watch(
        path,
        { resourceVersion: this.#version },
        (type, object) => {
          const { name, uid, resourceVersion } = named.parse(object).metadata;
          this.#version = resourceVersion;
          if (type !== "ADDED" || !name.startsWith(this.#prefix)) return;
          this.uids.set(name, (this.uids.get(name) ?? new Set()).add(uid));
        },
        // A watch ends now and then; the next goes on where it was.
        () => void (this.#stopped || this.#follow()),
      )
      .then((request) => {
        this.#request = request;
      });
  }

  /** Names that were created more than once. */
  get repeated(): string[] {
    return [...this.uids].filter(([, uids]) => uids.size > 1).map(([name]) => name);
  }

  async standing(): Promise<string[]> {
    const found = list.parse(await this.#api.listNamespacedCustomObject(PLACE));
    return found.items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith(this.#prefix));
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#api.deleteNamespacedCustomObject({ ...PLACE, name });
  }

  stop(): void {
    this.#stopped = true;
    this.#request?.abort();
  }
}
