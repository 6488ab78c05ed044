import type { JsonObject } from "../protocol/values.ts";
import { gvkOf } from "./object.ts";

/** An object and what must be there before it. */
export interface Ordered {
  object: JsonObject;
  after: JsonObject[];
}

/** Annotation by which a manifest names objects it depends on, separated by commas. */
const DEPENDS_ON = "config.kubernetes.io/depends-on";

/**
 * Orders manifests so that each stands behind what it needs: its namespace, the definition of its kind, what it names in
 * `config.kubernetes.io/depends-on`.
 *
 * @throws Error naming the objects of a cycle, or a dependency that is not among the objects
 */
export function dependencyOrder(objects: JsonObject[]): Ordered[] {
  const byReference = new Map(objects.map((object) => [reference(object), object]));
  const definitions = new Map<string, JsonObject>();
  const namespaces = new Map<string, JsonObject>();
  for (const object of objects) {
    const spec = (object.spec ?? {}) as JsonObject;
    if (object.kind === "CustomResourceDefinition")
      definitions.set(`${spec.group}/${(spec.names as JsonObject | undefined)?.kind}`, object);
    if (object.kind === "Namespace" && object.apiVersion === "v1") namespaces.set(nameOf(object), object);
  }
  const needs = (object: JsonObject): JsonObject[] => {
    const metadata = (object.metadata ?? {}) as JsonObject;
    const gvk = gvkOf(object);
    const named = String((metadata.annotations as JsonObject | undefined)?.[DEPENDS_ON] ?? "")
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
    const explicit = named.map((entry) => {
      const found = byReference.get(entry);
      if (found === undefined)
        throw new Error(`${reference(object)} depends on ${entry}, which is not among the manifests`);
      return found;
    });
    return [
      definitions.get(`${gvk.group}/${gvk.kind}`),
      namespaces.get(String(metadata.namespace)),
      ...explicit,
    ].filter((need) => need !== undefined && need !== object) as JsonObject[];
  };

  const ordered: Ordered[] = [];
  const state = new Map<JsonObject, "open" | "done">();
  const visit = (object: JsonObject, path: JsonObject[]): void => {
    if (state.get(object) === "done") return;
    if (state.get(object) === "open")
      throw new Error(`manifests depend on each other in a circle: ${[...path, object].map(reference).join(" -> ")}`);
    state.set(object, "open");
    const after = needs(object);
    for (const need of after) visit(need, [...path, object]);
    state.set(object, "done");
    ordered.push({ object, after });
  };
  for (const object of objects) visit(object, []);
  return ordered;
}

/** `group/namespaces/namespace/kind/name`, or `group/kind/name` for what has no namespace. */
function reference(object: JsonObject): string {
  const { group, kind } = gvkOf(object);
  const namespace = ((object.metadata ?? {}) as JsonObject).namespace;
  return namespace === undefined
    ? `${group}/${kind}/${nameOf(object)}`
    : `${group}/namespaces/${namespace}/${kind}/${nameOf(object)}`;
}

function nameOf(object: JsonObject): string {
  return String(((object.metadata ?? {}) as JsonObject).name);
}
