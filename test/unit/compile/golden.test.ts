import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Workflow } from "../../../submission/compile/index.ts";
import { check } from "../../../submission/spec/index.ts";
import { GOLDEN } from "./golden-dags.ts";
import { compiled, profile, submissionOf } from "./submissions.ts";

const folder = new URL("../../golden/compile/", import.meta.url);
const samples = new URL("../../../submission/samples/", import.meta.url);
const file = (name: string): string => fileURLToPath(new URL(`${name}.yaml`, folder));
const read = (name: string) => ({ text: readFileSync(new URL(name, samples), "utf8"), source: name });

/** As it is reviewed: the Workflow, and each custom resource as a document of its own. */
function reviewed({ spec, ...rest }: Workflow): string {
  const templates = spec.templates.map(({ resource, ...template }) =>
    resource === undefined ? template : { ...template, resource: { ...resource, manifest: "below" } },
  );
  const manifests = spec.templates.flatMap(({ resource }) =>
    resource === undefined ? [] : [JSON.parse(resource.manifest) as object],
  );
  return [{ ...rest, spec: { ...spec, templates } }, ...manifests]
    .map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join("---\n");
}

describe("the golden manifest", () => {
  it.each(Object.entries(GOLDEN))("of %s is what is compiled", async (name, { dag }) => {
    const { workflow } = compiled(submissionOf({ version: 1, pipeline_id: "golden", ...dag }));
    await expect(reviewed(workflow)).toMatchFileSnapshot(file(name));
  });

  it("of the sample is what is compiled", async () => {
    const checked = check({ dag: read("bt_xs_bilstm_v1.yaml"), params: read("runtime_params.json"), profile });
    if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics));
    await expect(reviewed(compiled(checked.submission).workflow)).toMatchFileSnapshot(file("bt_xs_bilstm_v1"));
  });
});
