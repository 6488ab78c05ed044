import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { KubernetesProvider } from "../../local/provider/kubernetes/provider.ts";
import { InitializationError } from "../../local/provider/protocol/provider.ts";
import type { PropertyMap } from "../../local/provider/protocol/values.ts";

/** Calls the provider as the engine does, against the real API server. */
const run = randomBytes(3).toString("hex");
const namespace = `provider-${run}`;
const messages: string[] = [];
const log = {
  info: async (message: string) => void messages.push(message),
  warn: async (message: string) => void messages.push(message),
  status: async () => {},
};

async function connect(more: PropertyMap = {}): Promise<KubernetesProvider> {
  const provider = new KubernetesProvider(log);
  await provider.configure({ kubeconfig: inject("kubeconfig"), namespace, ...more });
  return provider;
}

let provider: KubernetesProvider;
const identity = (type: string, name: string) => ({ urn: `urn:pulumi:test::${run}::${type}::${name}`, type, name });
const seed = Uint8Array.from(Buffer.from(run, "hex"));

async function check(type: string, name: string, inputs: PropertyMap, oldInputs: PropertyMap = {}) {
  return provider.check({ ...identity(type, name), inputs, oldInputs, randomSeed: seed });
}
async function create(type: string, name: string, given: PropertyMap, timeoutSeconds = 20) {
  const { inputs, failures } = await check(type, name, given);
  expect(failures ?? []).toEqual([]);
  return { inputs, ...(await provider.create({ ...identity(type, name), inputs, timeoutSeconds, preview: false })) };
}

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const configMap = (name: string, data: PropertyMap, more: PropertyMap = {}): PropertyMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
const crd = (plural: string, kind: string): PropertyMap => ({
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

beforeAll(async () => {
  provider = await connect();
  await create("kubernetes:core/v1:Namespace", "ns", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
});

afterAll(async () => {
  await provider.delete({
    ...identity("kubernetes:core/v1:Namespace", "ns"),
    id: namespace,
    outputs: { apiVersion: "v1", kind: "Namespace" },
    timeoutSeconds: 120,
  });
  expect(
    await provider.read({
      ...identity("kubernetes:core/v1:Namespace", "ns"),
      id: namespace,
      inputs: { apiVersion: "v1", kind: "Namespace" },
      outputs: {},
    }),
  ).toBeUndefined();
  provider.cancel();
});

describe("field errors", () => {
  test("come from the schemas of the API server, with path and suggestion", async () => {
    const result = await check("kubernetes:apps/v1:Deployment", "web", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      spec: { replcas: 1, selector: {}, template: { spec: { containers: [{ name: "a", image: 1 }] } } },
    });
    expect(result.failures?.map(({ property, reason }) => `${property}: ${reason}`)).toEqual([
      'spec.replcas: unknown field "replcas"; did you mean "replicas"?',
      "spec.template.spec.containers[0].image: expected a string, got 1",
    ]);
  });

  test.each(["kubernetes:helm.sh/v3:Release", "kubernetes:core/v1:ConfigMapList", "kubernetes:core/v1:ConfigMapPatch"])(
    "%s is refused by name",
    async (type) => {
      const { failures } = await check(type, "thing", {});
      expect(failures?.[0]?.reason).toMatch(new RegExp(`^${type.replaceAll(/[.]/g, "\\.")} "thing"`));
    },
  );
});

describe("an object's life", () => {
  test("it is created under a made name, shows no change, is updated, drifts, and is found deleted", async () => {
    const made = await create(CONFIG_MAP, "settings", { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } });
    expect(made.id).toMatch(new RegExp(`^${namespace}/settings-[0-9a-f]{8}$`));

    const again = await check(
      CONFIG_MAP,
      "settings",
      { apiVersion: "v1", kind: "ConfigMap", data: { a: "1" } },
      made.inputs,
    );
    expect(again.inputs).toEqual(made.inputs);
    const base = {
      ...identity(CONFIG_MAP, "settings"),
      id: made.id,
      oldInputs: made.inputs,
      oldOutputs: made.outputs,
      ignoreChanges: [],
    };
    expect(await provider.diff({ ...base, inputs: again.inputs })).toEqual({ changes: {} });

    const labelled = { ...made.inputs, metadata: { ...(made.inputs.metadata as PropertyMap), labels: { tier: "x" } } };
    expect((await provider.diff({ ...base, inputs: labelled })).changes).toEqual({ "metadata.labels": "add" });
    const outputs = await provider.update({ ...base, inputs: labelled, timeoutSeconds: 20, preview: false });
    expect(outputs.metadata).toMatchObject({ labels: { tier: "x" } });

    const other = await connect({ enablePatchForce: true });
    const hand = { ...labelled, data: { a: "changed by hand" } };
    await other.update({ ...base, urn: "urn:other", oldOutputs: {}, inputs: hand, timeoutSeconds: 20, preview: false });
    other.cancel();
    const read = await provider.read({ ...identity(CONFIG_MAP, "settings"), id: made.id, inputs: labelled, outputs });
    expect(read?.inputs.data).toEqual({ a: "changed by hand" });

    await provider.delete({ ...identity(CONFIG_MAP, "settings"), id: made.id, outputs, timeoutSeconds: 20 });
    expect(
      await provider.read({ ...identity(CONFIG_MAP, "settings"), id: made.id, inputs: labelled, outputs }),
    ).toBeUndefined();
  });

  test("values that the server writes differently are no drift", async () => {
    const type = "kubernetes:core/v1:ResourceQuota";
    const made = await create(type, "quota", {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "quota" },
      spec: { hard: { "requests.cpu": "0.5" } },
    });
    const read = await provider.read({
      ...identity(type, "quota"),
      id: made.id,
      inputs: made.inputs,
      outputs: made.outputs,
    });
    expect(read?.inputs).toEqual(made.inputs);
    expect(read?.outputs.spec).toEqual({ hard: { "requests.cpu": "500m" } });
    await provider.delete({ ...identity(type, "quota"), id: made.id, outputs: made.outputs, timeoutSeconds: 20 });
  });

  test("an import takes over all but what the server keeps", async () => {
    const made = await create(CONFIG_MAP, "imported", configMap("imported", { a: "1" }));
    const read = await provider.read({ ...identity(CONFIG_MAP, "imported"), id: made.id, inputs: {}, outputs: {} });
    expect(read?.inputs).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "imported", namespace },
      data: { a: "1" },
    });
  });
});

describe("replacement", () => {
  const diff = (type: string, before: PropertyMap, inputs: PropertyMap) =>
    provider.diff({
      ...identity(type, "thing"),
      id: "x",
      oldInputs: before,
      oldOutputs: {},
      inputs,
      ignoreChanges: [],
    });

  test("a ConfigMap's data replaces it, the old one first where the name is given", async () => {
    const result = await diff(
      CONFIG_MAP,
      configMap("a", { k: "1" }, { namespace }),
      configMap("a", { k: "2" }, { namespace }),
    );
    expect(result).toEqual({ changes: { "data.k": "update-replace" }, deleteBeforeReplace: true });
  });

  test("a field that cannot change replaces its object", async () => {
    const type = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
    const priority = (value: number): PropertyMap => ({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: `p-${run}` },
      value,
      description: "x",
    });
    const made = await create(type, "p", priority(5));
    const result = await diff(type, made.inputs, { ...made.inputs, value: 6 });
    expect(result.changes).toEqual({ value: "update-replace" });
    await provider.delete({ ...identity(type, "p"), id: made.id, outputs: made.outputs, timeoutSeconds: 20 });
  });

  test("a rule of a definition that forbids a change replaces the object as well", async () => {
    const definition = crd("seals", "Seal");
    const version = ((definition.spec as PropertyMap).versions as PropertyMap[])[0] as PropertyMap;
    version.schema = {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: {
            type: "object",
            properties: {
              wax: {
                type: "string",
                "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "wax is immutable" }],
              },
            },
          },
        },
      },
    };
    const made = await create("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "seals", definition);
    const type = `kubernetes:${run}.dev/v1:Seal`;
    const seal = await create(type, "seal", {
      apiVersion: `${run}.dev/v1`,
      kind: "Seal",
      metadata: { name: "s" },
      spec: { wax: "red" },
    });
    const result = await diff(type, seal.inputs, { ...seal.inputs, spec: { wax: "blue" } });
    expect(result).toEqual({ changes: { "spec.wax": "update-replace" }, deleteBeforeReplace: true });
    await provider.delete({
      ...identity("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "seals"),
      id: made.id,
      outputs: made.outputs,
      timeoutSeconds: 60,
    });
  });

  test("a value that is not known yet can be compared", async () => {
    const { UNKNOWN } = await import("../../local/provider/protocol/values.ts");
    const result = await diff(
      CONFIG_MAP,
      configMap("a", { k: "1" }, { namespace }),
      configMap("a", { k: UNKNOWN }, { namespace }),
    );
    expect(result.changes).toEqual({ "data.k": "update-replace" });
  });
});

describe("definitions and their objects", () => {
  test("an object waits for its definition, which is established when it is done", async () => {
    const type = `kubernetes:${run}.dev/v1:Widget`;
    const early = create(type, "widget", {
      apiVersion: `${run}.dev/v1`,
      kind: "Widget",
      metadata: { name: "w" },
      spec: { size: 1 },
    });
    const definition = await create(
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
      "crd",
      crd("widgets", "Widget"),
    );
    expect(JSON.stringify(definition.outputs.status)).toMatch(/"Established"/);
    expect((await early).id).toBe(`${namespace}/w`);
    const bad = create(type, "bad", {
      apiVersion: `${run}.dev/v1`,
      kind: "Widget",
      metadata: { name: "bad" },
      spec: { sise: 1 },
    });
    await expect(bad).rejects.toThrow(/sise/);
    await provider.delete({
      ...identity("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "crd"),
      id: definition.id,
      outputs: definition.outputs,
      timeoutSeconds: 60,
    });
  });

  test("a kind without a definition is named", async () => {
    const lonely = create(
      "kubernetes:nowhere.dev/v1:Lonely",
      "lonely",
      { apiVersion: "nowhere.dev/v1", kind: "Lonely", metadata: { name: "l" } },
      1,
    );
    await expect(lonely).rejects.toThrow(
      /does not serve Lonely \(nowhere\.dev\/v1\): its CustomResourceDefinition is not there/,
    );
  });
});

describe("objects of others", () => {
  test("an object that is there already is not taken over, unless the provider says so", async () => {
    const made = await create(CONFIG_MAP, "first", configMap("shared", { a: "1" }));
    await expect(create(CONFIG_MAP, "second", configMap("shared", { a: "1" }))).rejects.toThrow(
      /exists already and is not managed by this resource/,
    );
    // The same resource after an update that was cut off.
    expect((await create(CONFIG_MAP, "first", configMap("shared", { a: "1" }))).id).toBe(made.id);
  });

  test("a field of another manager is a conflict that says who and what to do", async () => {
    const made = await create(CONFIG_MAP, "owner", configMap("owned", { a: "1" }));
    const request = {
      ...identity(CONFIG_MAP, "rival"),
      id: made.id,
      oldInputs: made.inputs,
      oldOutputs: {},
      inputs: { ...made.inputs, data: { a: "2" } },
      timeoutSeconds: 5,
      preview: false,
    };
    await expect(provider.update(request)).rejects.toThrow(
      /data\.a: conflict with "pulumi-kubernetes-[0-9a-f]{8}"[\s\S]*patchForce/,
    );
    const forced = {
      ...request.inputs,
      metadata: { ...(made.inputs.metadata as PropertyMap), annotations: { "pulumi.com/patchForce": "true" } },
    };
    expect((await provider.update({ ...request, inputs: forced })).data).toEqual({ a: "2" });
  });
});

describe("waiting", () => {
  const hook = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration";
  const webhook: PropertyMap = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: `refuses-${run}` },
    webhooks: [
      {
        name: `refuses.${run}.dev`,
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        failurePolicy: "Fail",
        // Nothing listens there.
        clientConfig: { url: "https://127.0.0.1:1/" },
        objectSelector: { matchLabels: { judged: run } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
    ],
  };

  test("a webhook that refuses connections is tried again until it lets through, and the wait is said", async () => {
    const made = await create(hook, "hook", webhook);
    // The server learns of a webhook a little later than it stores it: what came through before proves nothing.
    let pending: Promise<unknown> | undefined;
    for (let attempt = 0; !messages.some((text) => /admission webhook does not answer/.test(text)); attempt++) {
      const name = `judged-${attempt}`;
      pending = create(CONFIG_MAP, name, configMap(name, {}, { labels: { judged: run } }), 60);
      const said = vi.waitUntil(() => messages.some((text) => /admission webhook does not answer/.test(text)), {
        timeout: 20_000,
      });
      await Promise.race([pending, said]);
    }
    await provider.delete({ ...identity(hook, "hook"), id: made.id, outputs: made.outputs, timeoutSeconds: 20 });
    await expect(pending).resolves.toMatchObject({ id: expect.stringContaining("judged-") });
  });

  test("an object that does not become ready is recorded with the reason, unless it is not waited for", async () => {
    const pod = (name: string, annotations: PropertyMap): PropertyMap => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, annotations },
      spec: { schedulerName: "nobody", containers: [{ name: "c", image: "i" }] },
    });
    const stuck = create("kubernetes:core/v1:Pod", "stuck", pod("stuck", {}), 1);
    await expect(stuck).rejects.toThrow(InitializationError);
    await expect(stuck).rejects.toThrow(/was applied but is not ready/);
    expect(
      (await create("kubernetes:core/v1:Pod", "skipped", pod("skipped", { "pulumi.com/skipAwait": "true" }))).id,
    ).toBe(`${namespace}/skipped`);
  });

  test("a cancelled wait ends at once", async () => {
    const cancelled = await connect();
    const inputs: PropertyMap = { apiVersion: "nowhere.dev/v1", kind: "Lonely", metadata: { name: "l", namespace } };
    const waiting = cancelled.create({
      ...identity("kubernetes:nowhere.dev/v1:Lonely", "l"),
      inputs,
      timeoutSeconds: 60,
      preview: false,
    });
    cancelled.cancel();
    await expect(waiting).rejects.toThrow();
  });
});
