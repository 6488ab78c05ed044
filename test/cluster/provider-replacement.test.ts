import { describe, expect, test } from "vitest";
import type { PropertyMap } from "../../local/provider/protocol/values.ts";
import { CONFIG_MAP, configMap, providerCalls } from "./provider-calls.ts";

const { run, namespace, identity, create, crd, provider } = providerCalls();

describe("replacement", () => {
  const diff = (type: string, before: PropertyMap, inputs: PropertyMap) =>
    provider().diff({
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
    await provider().delete({ ...identity(type, "p"), id: made.id, outputs: made.outputs, timeoutSeconds: 20 });
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
    await provider().delete({
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
    await provider().delete({
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
