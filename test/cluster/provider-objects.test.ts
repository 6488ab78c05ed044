import { describe, expect, test, vi } from "vitest";
import { InitializationError } from "../../local/provider/protocol/provider.ts";
import type { PropertyMap } from "../../local/provider/protocol/values.ts";
import { CONFIG_MAP, configMap, providerCalls } from "./provider-calls.ts";

const { run, namespace, messages, connect, identity, check, create, provider } = providerCalls();

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
    expect(await provider().diff({ ...base, inputs: again.inputs })).toEqual({ changes: {} });

    const labelled = { ...made.inputs, metadata: { ...(made.inputs.metadata as PropertyMap), labels: { tier: "x" } } };
    expect((await provider().diff({ ...base, inputs: labelled })).changes).toEqual({ "metadata.labels": "add" });
    const outputs = await provider().update({ ...base, inputs: labelled, timeoutSeconds: 20, preview: false });
    expect(outputs.metadata).toMatchObject({ labels: { tier: "x" } });

    const other = await connect({ enablePatchForce: true });
    const hand = { ...labelled, data: { a: "changed by hand" } };
    await other.update({ ...base, urn: "urn:other", oldOutputs: {}, inputs: hand, timeoutSeconds: 20, preview: false });
    other.cancel();
    const read = await provider().read({ ...identity(CONFIG_MAP, "settings"), id: made.id, inputs: labelled, outputs });
    expect(read?.inputs.data).toEqual({ a: "changed by hand" });

    await provider().delete({ ...identity(CONFIG_MAP, "settings"), id: made.id, outputs, timeoutSeconds: 20 });
    expect(
      await provider().read({ ...identity(CONFIG_MAP, "settings"), id: made.id, inputs: labelled, outputs }),
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
    const read = await provider().read({
      ...identity(type, "quota"),
      id: made.id,
      inputs: made.inputs,
      outputs: made.outputs,
    });
    expect(read?.inputs).toEqual(made.inputs);
    expect(read?.outputs.spec).toEqual({ hard: { "requests.cpu": "500m" } });
    await provider().delete({ ...identity(type, "quota"), id: made.id, outputs: made.outputs, timeoutSeconds: 20 });
  });

  test("an import takes over all but what the server keeps", async () => {
    const made = await create(CONFIG_MAP, "imported", configMap("imported", { a: "1" }));
    const read = await provider().read({ ...identity(CONFIG_MAP, "imported"), id: made.id, inputs: {}, outputs: {} });
    expect(read?.inputs).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "imported", namespace },
      data: { a: "1" },
    });
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
    await expect(provider().update(request)).rejects.toThrow(
      /data\.a: conflict with "pulumi-kubernetes-[0-9a-f]{8}"[\s\S]*patchForce/,
    );
    const forced = {
      ...request.inputs,
      metadata: { ...(made.inputs.metadata as PropertyMap), annotations: { "pulumi.com/patchForce": "true" } },
    };
    expect((await provider().update({ ...request, inputs: forced })).data).toEqual({ a: "2" });
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
    await provider().delete({ ...identity(hook, "hook"), id: made.id, outputs: made.outputs, timeoutSeconds: 20 });
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
