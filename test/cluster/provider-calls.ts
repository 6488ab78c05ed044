import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { KubernetesProvider } from "../../local/provider/kubernetes/provider.ts";
import type { PropertyMap } from "../../local/provider/protocol/values.ts";

/** Calls the provider as the engine does, against the real API server, in a namespace of its own that is there while the file's tests run. */
export function providerCalls() {
  const run = randomBytes(3).toString("hex");
  const namespace = `provider-${run}`;
  const messages: string[] = [];
  const log = {
    info: async (message: string) => void messages.push(message),
    warn: async (message: string) => void messages.push(message),
    status: async () => {},
  };
  const connect = async (more: PropertyMap = {}): Promise<KubernetesProvider> => {
    const connected = new KubernetesProvider(log);
    await connected.configure({ kubeconfig: inject("kubeconfig"), namespace, ...more });
    return connected;
  };
  let provider: KubernetesProvider;
  const identity = (type: string, name: string) => ({ urn: `urn:pulumi:test::${run}::${type}::${name}`, type, name });
  const randomSeed = Uint8Array.from(Buffer.from(run, "hex"));

  const check = (type: string, name: string, inputs: PropertyMap, oldInputs: PropertyMap = {}) =>
    provider.check({ ...identity(type, name), inputs, oldInputs, randomSeed });
  const create = async (type: string, name: string, given: PropertyMap, timeoutSeconds = 20) => {
    const { inputs, failures } = await check(type, name, given);
    expect(failures ?? []).toEqual([]);
    return { inputs, ...(await provider.create({ ...identity(type, name), inputs, timeoutSeconds, preview: false })) };
  };
  const crd = (plural: string, kind: string) => definition(run, plural, kind);

  beforeAll(async () => {
    provider = await connect();
    await create(NAMESPACE, "ns", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  });
  afterAll(async () => {
    const object = { apiVersion: "v1", kind: "Namespace" };
    const place = { ...identity(NAMESPACE, "ns"), id: namespace };
    await provider.delete({ ...place, outputs: object, timeoutSeconds: 120 });
    expect(await provider.read({ ...place, inputs: object, outputs: {} })).toBeUndefined();
    provider.cancel();
  });
  return { run, namespace, messages, connect, identity, check, create, crd, provider: () => provider };
}

const NAMESPACE = "kubernetes:core/v1:Namespace";
export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

export const configMap = (name: string, data: PropertyMap, more: PropertyMap = {}): PropertyMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});

const definition = (run: string, plural: string, kind: string): PropertyMap => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${run}.dev` },
  spec: {
    group: `${run}.dev`,
    scope: "Namespaced",
    names: { plural, singular: plural, kind, listKind: `${kind}List` },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
          },
        },
      },
    ],
  },
});
