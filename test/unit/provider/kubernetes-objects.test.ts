import { describe, expect, test } from "vitest";
import { ApiError, type Status } from "../../../local/provider/kubernetes/api-server.ts";
import { configurationFailures } from "../../../local/provider/kubernetes/configuration.ts";
import { parseManifests } from "../../../local/provider/kubernetes/manifests.ts";
import { autoname, isAutonamed } from "../../../local/provider/kubernetes/naming.ts";
import { fromId, gvkOf, gvkOfToken, idOf, metadataString, tokenOf } from "../../../local/provider/kubernetes/object.ts";
import { fieldErrors, type Schemas } from "../../../local/provider/kubernetes/openapi.ts";
import { dependencyOrder } from "../../../local/provider/kubernetes/order.ts";
import { fieldManagerFor, manifestOf, outputsOf, previewOutputs } from "../../../local/provider/kubernetes/outputs.ts";
import { readinessOf } from "../../../local/provider/kubernetes/readiness.ts";
import { explain, refusalOf } from "../../../local/provider/kubernetes/refusal.ts";
import { reasonAgainst } from "../../../local/provider/kubernetes/unsupported.ts";
import { Secret, UNKNOWN } from "../../../local/provider/protocol/values.ts";

describe("names", () => {
  const request = { name: "settings", oldInputs: {}, randomSeed: Uint8Array.from([1, 2, 3]) };

  test("an object without a name gets the resource's with eight digits, the same for the same seed", () => {
    const first = metadataString(autoname({ kind: "ConfigMap" }, request), "name");
    expect(first).toMatch(/^settings-[0-9a-f]{8}$/);
    expect(metadataString(autoname({ kind: "ConfigMap" }, request), "name")).toBe(first);
    expect(metadataString(autoname({}, { ...request, randomSeed: Uint8Array.from([4]) }), "name")).not.toBe(first);
  });

  test("a name that was made is kept, a name that was given is not taken over", () => {
    const made = autoname({}, request);
    expect(isAutonamed(made)).toBe(true);
    expect(autoname({}, { ...request, oldInputs: made, randomSeed: Uint8Array.from([9]) })).toEqual(made);
    const given = { metadata: { name: "given" } };
    expect(metadataString(autoname({}, { ...request, oldInputs: given }), "name")).toMatch(/^settings-/);
    expect(autoname(given, request)).toBe(given);
  });

  test("a name that is not known yet is left alone", () => {
    expect(autoname({ metadata: { name: UNKNOWN } }, request)).toEqual({ metadata: { name: UNKNOWN } });
  });

  test("the project's autonaming configuration decides", () => {
    expect(
      metadataString(autoname({}, { ...request, autonaming: { mode: "enforce", proposedName: "exact" } }), "name"),
    ).toBe("exact");
    expect(() => autoname({}, { ...request, autonaming: { mode: "disable", proposedName: "" } })).toThrow(
      "set metadata.name",
    );
  });
});

describe("type tokens and ids", () => {
  test.each([
    ["v1", "ConfigMap", "kubernetes:core/v1:ConfigMap"],
    [
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    ],
    ["kueue.x-k8s.io/v1beta2", "ClusterQueue", "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue"],
  ])("%s %s is %s", (apiVersion, kind, token) => {
    expect(tokenOf(gvkOf({ apiVersion, kind }))).toBe(token);
    expect(gvkOfToken(token)).toEqual(gvkOf({ apiVersion, kind }));
  });

  test("an id names the namespace where there is one", () => {
    expect(idOf({ metadata: { namespace: "a", name: "b" } })).toBe("a/b");
    expect(fromId("a/b")).toEqual({ namespace: "a", name: "b" });
    expect(fromId(idOf({ metadata: { name: "b" } }))).toEqual({ namespace: undefined, name: "b" });
  });
});

describe("what is sent and what is kept", () => {
  test("nulls are left out and a Secret's stringData is sent as data", () => {
    const inputs = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", labels: null },
      stringData: new Secret({ password: "pass" }),
      data: { a: "YQ==" },
    };
    expect(manifestOf(inputs)).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      data: { a: "YQ==", password: "cGFzcw==" },
    });
  });

  test("a Secret's data is secret in the state even where the program did not say so", () => {
    const outputs = outputsOf(
      { apiVersion: "v1", kind: "Secret", metadata: { name: "s", managedFields: [] }, data: { a: "YQ==" } },
      {},
      "manager",
    );
    expect(outputs.data).toEqual(new Secret({ a: "YQ==" }));
    expect(outputs.metadata).toEqual({ name: "s" });
  });

  test("a definition's schemas are not kept twice", () => {
    const live = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {},
      spec: { group: "g", versions: [{ name: "v1", served: true, schema: { openAPIV3Schema: {} } }] },
    };
    expect(outputsOf(live, {}, "m").spec).toEqual({ group: "g", versions: [{ name: "v1", served: true }] });
  });

  test("a preview does not claim to know what the server decides", () => {
    const outputs = previewOutputs({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [] } });
    expect(outputs.status).toBe(UNKNOWN);
    expect(outputs.spec).toEqual({ ports: [], clusterIP: UNKNOWN, clusterIPs: UNKNOWN });
    expect(outputs.metadata).toMatchObject({ name: "s", uid: UNKNOWN });
  });

  test("each resource has a field manager of its own", () => {
    expect(fieldManagerFor("urn:a")).not.toBe(fieldManagerFor("urn:b"));
    expect(fieldManagerFor("urn:a")).toMatch(/^pulumi-kubernetes-[0-9a-f]{8}$/);
  });
});

describe("field errors", () => {
  const schemas: Schemas = {
    Spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer" },
        tags: { type: "array", items: { type: "string" } },
        limit: { oneOf: [{ type: "string" }, { type: "number" }] },
      },
    },
  };
  const schema = {
    type: "object",
    properties: {
      spec: { allOf: [{ $ref: "#/components/schemas/Spec" }] },
      labels: { type: "object", additionalProperties: { type: "string" } },
    },
  };
  const errors = (object: Parameters<typeof fieldErrors>[0]) =>
    fieldErrors(object, schema, schemas).map(({ property, reason }) => `${property}: ${reason}`);

  test("name the path, what was found and what is near", () => {
    expect(errors({ spec: { sise: 1, size: "x", tags: ["a", 2] }, labels: { a: 1 } })).toEqual([
      'spec.sise: unknown field "sise"; did you mean "size"?',
      'spec.size: expected a whole number, got "x"',
      "spec.tags[1]: expected a string, got 2",
      "labels.a: expected a string, got 1",
    ]);
  });

  test("a missing required field is named", () => {
    expect(errors({ spec: {} })).toEqual(["spec.size: this field is required"]);
  });

  test("quantities may be text or number, unknown values may be anything", () => {
    expect(errors({ spec: { size: UNKNOWN, limit: "500m" } })).toEqual([]);
    expect(errors({ spec: { size: 1, limit: 2 } })).toEqual([]);
  });
});

describe("refusals", () => {
  const error = (code: number, status: Status) => new ApiError(code, status);

  test("a webhook that does not answer is worth another try, one that says no is not", () => {
    const down =
      'Internal error occurred: failed calling webhook "x.kueue.x-k8s.io": failed to call webhook: Post "...": dial tcp 127.0.0.1:9443: connect: connection refused';
    expect(refusalOf(error(500, { message: down }))).toBe("webhook-down");
    expect(refusalOf(error(403, { message: 'admission webhook "x" denied the request: no' }))).toBe("other");
  });

  test("a conflict names fields, owners and the ways out", () => {
    const conflict = error(409, {
      message: "Apply failed",
      details: {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl" using v1', field: ".data.a" }],
      },
    });
    expect(explain(conflict, "ConfigMap x")).toMatch(/data\.a: conflict with "kubectl"[\s\S]*patchForce/);
  });

  test("an immutable field is told apart from a rule that only mentions the word", () => {
    const cause = (message: string) =>
      error(422, { message, details: { causes: [{ reason: "FieldValueInvalid", message, field: "spec.selector" }] } });
    expect(refusalOf(cause("Invalid value: {}: field is immutable"))).toBe("immutable");
    expect(
      refusalOf(
        cause('Invalid value: "queueName is immutable while reserved": compilation failed: ERROR: undefined field'),
      ),
    ).toBe("other");
  });

  test("a page of rules is cut", () => {
    expect(explain(error(422, { message: "x".repeat(10_000) }), "CRD").length).toBeLessThan(2_000);
  });
});

describe("readiness", () => {
  const crd = (conditions: object[]) =>
    readinessOf(
      JSON.parse(
        JSON.stringify({
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          status: { conditions },
        }),
      ),
    ).state;

  test("a definition is ready when established and failed when its names are taken", () => {
    expect(crd([])).toBe("waiting");
    expect(crd([{ type: "Established", status: "True" }])).toBe("ready");
    expect(crd([{ type: "NamesAccepted", status: "False", message: "taken" }])).toBe("failed");
  });

  test("a deployment waits for its controller, for its new replicas and for the old ones to go", () => {
    const deployment = (status: object) =>
      readinessOf(
        JSON.parse(
          JSON.stringify({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { generation: 2 },
            spec: { replicas: 2 },
            status,
          }),
        ),
      ).state;
    expect(deployment({ observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2, replicas: 2 })).toBe(
      "waiting",
    );
    expect(deployment({ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2, replicas: 3 })).toBe(
      "waiting",
    );
    expect(deployment({ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2, replicas: 2 })).toBe("ready");
    expect(
      deployment({
        observedGeneration: 2,
        conditions: [{ type: "Progressing", status: "False", message: "deadline" }],
      }),
    ).toBe("failed");
  });

  test("what has no rule is ready at once", () => {
    expect(readinessOf({ apiVersion: "v1", kind: "ConfigMap" }).state).toBe("ready");
  });
});

describe("manifests", () => {
  test("lists are taken apart and empty documents left out", () => {
    const text =
      "---\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n";
    expect(parseManifests(text, "file").map((object) => object.kind)).toEqual(["ConfigMap", "Namespace"]);
  });

  test("an object without a name is named by its file", () => {
    expect(() => parseManifests("apiVersion: v1\nkind: ConfigMap\n", "file.yaml")).toThrow(
      "file.yaml holds a ConfigMap without metadata.name",
    );
    expect(() => parseManifests("a: [", "file.yaml")).toThrow("file.yaml is not valid YAML");
  });

  test("namespaces and definitions come before what needs them, and explicit dependencies are kept", () => {
    const objects = parseManifests(
      [
        "{apiVersion: g.dev/v1, kind: Widget, metadata: {name: w, namespace: n}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, annotations: {config.kubernetes.io/depends-on: g.dev/namespaces/n/Widget/w}}}",
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.g.dev}, spec: {group: g.dev, names: {kind: Widget}}}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: n}}",
      ].join("\n---\n"),
      "file",
    );
    expect(dependencyOrder(objects).map(({ object }) => object.kind)).toEqual([
      "CustomResourceDefinition",
      "Namespace",
      "Widget",
      "ConfigMap",
    ]);
  });

  test("a circle is named", () => {
    const object = (name: string, other: string) =>
      `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, annotations: {config.kubernetes.io/depends-on: /ConfigMap/${other}}}}`;
    expect(() => dependencyOrder(parseManifests(`${object("a", "b")}\n---\n${object("b", "a")}`, "file"))).toThrow(
      "/ConfigMap/a -> /ConfigMap/b -> /ConfigMap/a",
    );
  });
});

describe("what is not supported", () => {
  test.each([
    ["kubernetes:helm.sh/v3:Release", /no Helm/],
    ["kubernetes:helm.sh/v4:Chart", /no Helm/],
    ["kubernetes:kustomize/v2:Directory", /kustomize/],
    ["kubernetes:core/v1:ConfigMapPatch", /declare the object itself/],
    ["kubernetes:core/v1:ConfigMapList", /takes lists apart/],
  ])("%s is refused with the way out", (type, reason) => {
    expect(reasonAgainst(type)).toMatch(reason);
  });

  test("a custom kind may be called a list", () => {
    expect(reasonAgainst("kubernetes:example.dev/v1:AllowList")).toBeUndefined();
  });

  test("arguments of the provider are supported, ignored or refused, never overlooked", () => {
    expect(
      configurationFailures({ kubeconfig: "x", namespace: "n", enableServerSideApply: "true", clusterIdentifier: "c" }),
    ).toEqual([]);
    expect(configurationFailures({ renderYamlToDirectory: "out" })[0]?.reason).toMatch("not supported");
    expect(configurationFailures({ enableServerSideApply: false })[0]?.reason).toMatch("always uses server-side apply");
    expect(configurationFailures({ kubeconfg: "x" })[0]?.reason).toMatch('did you mean "kubeconfig"');
  });
});
