import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  differences,
  isWithin,
  parsePropertyPath,
  propertyPath,
  touches,
} from "../../../local/provider/kubernetes/diff.ts";
import { replacementPaths } from "../../../local/provider/kubernetes/replacement.ts";
import { Secret, UNKNOWN } from "../../../local/provider/protocol/values.ts";

const paths = (before: Parameters<typeof differences>[0], after: Parameters<typeof differences>[1]) =>
  differences(before, after).map(({ path, kind }) => `${kind} ${propertyPath(path)}`);

describe("the difference of two objects", () => {
  test("names the leaves that changed", () => {
    const before = { spec: { replicas: 1, template: { containers: [{ image: "a" }, { image: "b" }] } }, gone: true };
    const after = {
      spec: { replicas: 2, template: { containers: [{ image: "a" }, { image: "c" }, { image: "d" }] } },
      added: { x: 1 },
    };
    expect(paths(before, after)).toEqual([
      "update spec.replicas",
      "update spec.template.containers[1].image",
      "add spec.template.containers[2]",
      "delete gone",
      "add added",
    ]);
  });

  test("null and absent are the same", () => {
    expect(paths({ a: null, b: 1 }, { b: 1, c: null })).toEqual([]);
  });

  test("a value that is not known yet differs, a secret is compared by what is in it", () => {
    expect(paths({ a: "x" }, { a: UNKNOWN })).toEqual(["update a"]);
    expect(paths({ a: new Secret("x") }, { a: "x" })).toEqual([]);
    expect(paths({ a: new Secret("x") }, { a: new Secret("y") })).toEqual(["update a"]);
  });

  test("an object does not differ from itself", () => {
    const copy = (map: object) => JSON.parse(JSON.stringify(map));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (map) => {
        expect(differences(copy(map), copy(map))).toEqual([]);
      }),
    );
  });
});

describe("property paths", () => {
  test("quote what is no identifier, and are read back", () => {
    const path = ["metadata", "labels", "app.kubernetes.io/name", 0, 'quo"te'];
    expect(propertyPath(path)).toBe('metadata.labels["app.kubernetes.io/name"][0]["quo\\"te"]');
    expect(parsePropertyPath(propertyPath(path))).toEqual(path);
  });

  test("a wildcard stands for any one segment", () => {
    expect(isWithin(["spec", "containers", 3, "image"], parsePropertyPath("spec.containers[*]"))).toBe(true);
    expect(isWithin(["spec", "volumes"], parsePropertyPath("spec.containers[*]"))).toBe(false);
  });

  test("a change above a field touches it", () => {
    expect(touches(["spec"], ["spec", "selector"])).toBe(true);
    expect(touches(["spec", "selector", "matchLabels"], ["spec", "selector"])).toBe(true);
    expect(touches(["spec", "replicas"], ["spec", "selector"])).toBe(false);
  });
});

describe("fields that replace an object", () => {
  const replaces = (
    group: string,
    kind: string,
    mutability = { configMaps: false, secrets: false },
    immutable = false,
  ) => replacementPaths({ group, version: "v1", kind }, immutable, mutability).map(propertyPath);

  test("its identity replaces every object", () => {
    expect(replaces("example.dev", "Widget")).toEqual(["apiVersion", "kind", "metadata.name", "metadata.namespace"]);
  });

  test("a Deployment's selector and a binding's role cannot change", () => {
    expect(replaces("apps", "Deployment")).toContain("spec.selector");
    expect(replaces("rbac.authorization.k8s.io", "RoleBinding")).toContain("roleRef");
  });

  test("a ConfigMap's data replaces it, unless the provider says that it may change", () => {
    expect(replaces("", "ConfigMap")).toContain("data");
    expect(replaces("", "ConfigMap", { configMaps: true, secrets: false })).not.toContain("data");
    expect(replaces("", "ConfigMap", { configMaps: true, secrets: false }, true)).toContain("data");
  });

  test("a Secret's type never changes in place", () => {
    expect(replaces("", "Secret", { configMaps: false, secrets: true })).toContain("type");
    expect(replaces("", "Secret", { configMaps: false, secrets: true })).not.toContain("data");
  });
});
