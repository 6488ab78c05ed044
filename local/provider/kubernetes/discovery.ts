import { z } from "zod";
import { ApiError, type ApiServer } from "./api-server.ts";
import { apiVersionOf, type Gvk } from "./object.ts";

const resourceList = z.object({
  resources: z.array(z.looseObject({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/** Where a kind lives in the API. */
export interface KindLocation {
  plural: string;
  namespaced: boolean;
  gvk: Gvk;
}

/** Answers which path a kind is served under; what is known is asked once, what is not is asked again each time. */
export class Discovery {
  readonly #server: ApiServer;
  readonly #known = new Map<string, Promise<KindLocation[]>>();

  constructor(server: ApiServer) {
    this.#server = server;
  }

  /** Undefined when the server does not serve the kind (yet). */
  async locate(gvk: Gvk): Promise<KindLocation | undefined> {
    const apiVersion = apiVersionOf(gvk);
    const cached = this.#known.get(apiVersion);
    const found = cached === undefined ? undefined : (await cached).find((entry) => entry.gvk.kind === gvk.kind);
    if (found !== undefined) return found;
    const asked = this.#ask(gvk);
    this.#known.set(apiVersion, asked);
    try {
      return (await asked).find((entry) => entry.gvk.kind === gvk.kind);
    } catch (error) {
      this.#known.delete(apiVersion);
      throw error;
    }
  }

  async #ask(gvk: Gvk): Promise<KindLocation[]> {
    const path = gvk.group === "" ? `/api/${gvk.version}` : `/apis/${apiVersionOf(gvk)}`;
    try {
      const { body } = await this.#server.request(path);
      return resourceList
        .parse(body)
        .resources.filter((entry) => !entry.name.includes("/"))
        .map((entry) => ({ plural: entry.name, namespaced: entry.namespaced, gvk: { ...gvk, kind: entry.kind } }));
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return [];
      throw error;
    }
  }
}

/** The path of one object, or of the kind's collection when no name is given. */
export function pathOf(location: KindLocation, namespace: string | undefined, name?: string): string {
  const { gvk } = location;
  const root = gvk.group === "" ? `/api/${gvk.version}` : `/apis/${gvk.group}/${gvk.version}`;
  const scope = location.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
  return `${root}${scope}/${location.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}
