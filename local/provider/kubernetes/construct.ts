import type { ConstructRequest, ConstructResult, EngineLog } from "../protocol/provider.ts";
import {
  decodeMap,
  hasUnknown,
  isMap,
  type JsonObject,
  type PropertyMap,
  reveal,
  Secret,
  toJsonObject,
  UNKNOWN,
} from "../protocol/values.ts";
import { parseManifests, readManifests } from "./manifests.ts";
import { type Gvk, gvkOf, tokenOf } from "./object.ts";
import { dependencyOrder } from "./order.ts";
import { packSchemas } from "./packing.ts";
import { reasonAgainst } from "./unsupported.ts";

export interface ConstructContext {
  /** Undefined when the server cannot say yet. */
  isNamespaced(gvk: Gvk): Promise<boolean | undefined>;
  /** Namespace of namespaced objects that name none. */
  namespace: string;
  log: EngineLog;
}

const COMPONENTS: Record<string, (inputs: PropertyMap) => JsonObject[]> = {
  "kubernetes:yaml/v2:ConfigFile": (inputs) => readManifests(String(inputs.file ?? ""), false),
  "kubernetes:yaml/v2:ConfigGroup": (inputs) => [
    ...strings(inputs.files).flatMap((file) => readManifests(file, true)),
    ...(typeof inputs.yaml === "string" ? parseManifests(inputs.yaml, "the argument yaml") : []),
    ...(Array.isArray(inputs.objs)
      ? inputs.objs.flatMap((object) =>
          parseManifests(JSON.stringify(isMap(object) ? toJsonObject(object) : object), "the argument objs"),
        )
      : []),
  ],
};

/**
 * Serves the components of `yaml/v2`: registers each object of the manifests as a child, named and ordered as the real
 * provider does, so that both give the same URNs.
 */
export async function construct(request: ConstructRequest, context: ConstructContext): Promise<ConstructResult> {
  const read = COMPONENTS[request.type];
  if (read === undefined) {
    throw new Error(
      `${request.type} "${request.name}" ${reasonAgainst(request.type) ?? "is not known to the embedded environment's kubernetes provider"}`,
    );
  }
  const { monitor } = request;
  const component = await monitor.register({
    type: request.type,
    name: request.name,
    parent: request.parent,
    custom: false,
    inputs: {},
    providers: request.providers,
    dependencies: request.dependencies,
    aliases: request.aliases,
    protect: request.protect,
  });
  if (hasUnknown(request.inputs)) {
    await context.log.warn("its manifests are not known yet: this preview does not show its objects", component.urn);
    return { urn: component.urn, state: { resources: UNKNOWN } };
  }
  const inputs = reveal(request.inputs) as PropertyMap;
  const prefix = typeof inputs.resourcePrefix === "string" ? inputs.resourcePrefix : request.name;
  const objects = await inNamespaces(read(inputs), context);
  const urns = new Map<JsonObject, Promise<string>>();
  for (const { object, after } of dependencyOrder(objects)) {
    urns.set(
      object,
      register(
        request,
        component.urn,
        object,
        prefix,
        inputs.skipAwait === true,
        after.map((dependency) => urns.get(dependency)),
      ),
    );
  }
  await Promise.all(urns.values());
  const state: PropertyMap = { resources: [] };
  await monitor.registerOutputs(component.urn, state);
  return { urn: component.urn, state };
}

async function register(
  request: ConstructRequest,
  parent: string,
  object: JsonObject,
  prefix: string,
  skipAwait: boolean,
  after: (Promise<string> | undefined)[],
): Promise<string> {
  const dependencies = (await Promise.all(after)).filter((urn) => urn !== undefined);
  const metadata = (object.metadata ?? {}) as JsonObject;
  const local = metadata.namespace === undefined ? String(metadata.name) : `${metadata.namespace}/${metadata.name}`;
  const annotated = skipAwait
    ? {
        ...object,
        metadata: {
          ...metadata,
          annotations: { ...(metadata.annotations as JsonObject | null), "pulumi.com/skipAwait": "true" },
        },
      }
    : object;
  const { urn } = await request.monitor.register({
    type: tokenOf(gvkOf(object)),
    name: prefix === "" ? local : `${prefix}:${local}`,
    parent,
    custom: true,
    inputs: packSchemas(hideSecretData(decodeMap(annotated))),
    ...(request.providers.kubernetes === undefined ? {} : { provider: request.providers.kubernetes }),
    dependencies,
  });
  return urn;
}

function hideSecretData(inputs: PropertyMap): PropertyMap {
  if (inputs.kind !== "Secret" || inputs.apiVersion !== "v1") return inputs;
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key,
      key === "data" || key === "stringData" ? new Secret(value) : value,
    ]),
  );
}

/** Gives namespaced objects without a namespace the default one; a definition among the objects tells the scope of its kind. */
async function inNamespaces(objects: JsonObject[], context: ConstructContext): Promise<JsonObject[]> {
  const scopes = new Map<string, boolean>();
  for (const object of objects) {
    if (object.kind !== "CustomResourceDefinition") continue;
    const spec = (object.spec ?? {}) as JsonObject;
    scopes.set(`${spec.group}/${(spec.names as JsonObject | undefined)?.kind}`, spec.scope === "Namespaced");
  }
  return Promise.all(
    objects.map(async (object) => {
      const metadata = (object.metadata ?? {}) as JsonObject;
      if (metadata.namespace !== undefined) return object;
      const gvk = gvkOf(object);
      const namespaced = scopes.get(`${gvk.group}/${gvk.kind}`) ?? (await context.isNamespaced(gvk));
      return namespaced === true ? { ...object, metadata: { ...metadata, namespace: context.namespace } } : object;
    }),
  );
}

function strings(value: PropertyMap[string] | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
