import { describe, expect, test } from "vitest";
import { WATCHED_DEFINITIONS } from "../../../components/system/constants.ts";
import { type Crd, checkedCrd, slimCrd, watchedCrd } from "../../../components/system/crds.ts";

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: "object",
      description: "A widget is a thing.",
      properties: {
        spec: {
          type: "object",
          properties: { description: { type: "string", description: "What it is for." }, size: { type: "integer" } },
        },
        status: { type: "object", properties: { phase: { type: "string" } } },
      },
    },
  },
});

const widget: Crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    names: { kind: "Widget", plural: "widgets" },
    scope: "Namespaced",
    versions: [version("v1", true), version("v1alpha1", false)],
  },
};

const schemaOf = (crd: Crd, index = 0) => crd.spec.versions[index]?.schema?.openAPIV3Schema;
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

interface Part {
  readonly properties?: { readonly [name: string]: Part };
  readonly items?: Part;
  readonly "x-kubernetes-map-type"?: string;
}

function atomicParts(part: Part | undefined, path = ""): string[] {
  if (part === undefined) return [];
  return [
    ...(part["x-kubernetes-map-type"] === "atomic" ? [path] : []),
    ...Object.entries(part.properties ?? {}).flatMap(([name, inner]) => atomicParts(inner, `${path}/${name}`)),
    ...atomicParts(part.items, `${path}/[]`),
  ];
}

describe("a slim definition", () => {
  test("loses every description but keeps a property of that name", () => {
    const slim = slimCrd(widget);
    expect(JSON.stringify(slim)).not.toContain("thing");
    expect(JSON.stringify(slim)).not.toContain("What it is for");
    expect(schemaOf(slim)?.properties?.spec?.properties).toEqual({
      description: { type: "string" },
      size: { type: "integer" },
    });
  });

  test("has the stored version alone: no other is cached or converted to", () => {
    expect(slimCrd(widget).spec.versions.map(({ name }) => name)).toEqual(["v1"]);
  });

  test.each([
    ["workflows.argoproj.io", { spec: { type: "object" } }, "/spec"],
    [
      "workloads.kueue.x-k8s.io",
      {
        spec: {
          type: "object",
          properties: {
            podSets: { type: "array", items: { type: "object", properties: { template: { type: "object" } } } },
          },
        },
      },
      "/spec/podSets/[]/template",
    ],
  ])("of %s keeps one owner for a part that is written whole", (name, properties, part) => {
    const stored = { ...version("v1", true), schema: { openAPIV3Schema: { type: "object", properties } } };
    const slim = slimCrd({ ...widget, metadata: { name }, spec: { ...widget.spec, versions: [stored] } });
    expect(atomicParts(schemaOf(slim))).toContain(part);
  });

  test("is otherwise the same, and slimming it again changes nothing", () => {
    const slim = slimCrd(widget);
    expect(slim.metadata).toEqual(widget.metadata);
    expect(slim.spec.names).toEqual(widget.spec.names);
    expect(slimCrd(slim)).toEqual(slim);
  });
});

describe("a definition whose objects are written", () => {
  const checked = checkedCrd(widget);

  test("checks the spec of the stored version", () => {
    expect(schemaOf(checked)?.properties?.spec).toEqual(schemaOf(widget)?.properties?.spec);
  });

  test("leaves status and other versions to their controller", () => {
    expect(schemaOf(checked)?.properties?.status).toEqual(anything);
    expect(schemaOf(checked, 1)).toEqual(anything);
  });

  test("keeps the status where lists are selected by a field of it", () => {
    const [first, ...rest] = widget.spec.versions;
    if (first === undefined) throw new Error("no version");
    const selectable = { ...first, selectableFields: [{ jsonPath: ".status.phase" }] };
    const kept = checkedCrd({ ...widget, spec: { ...widget.spec, versions: [selectable, ...rest] } });
    expect(kept.spec.versions[0]).toEqual(selectable);
  });
});

test("a definition that is only watched lets everything through, in every version", () => {
  const watched = watchedCrd(widget);
  expect([schemaOf(watched), schemaOf(watched, 1)]).toEqual([anything, anything]);
  const name = WATCHED_DEFINITIONS[0] ?? "";
  expect(schemaOf(slimCrd({ ...widget, metadata: { name } }))).toEqual(anything);
});
