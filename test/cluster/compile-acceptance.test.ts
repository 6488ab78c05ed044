import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ControlPlane, startControlPlane } from "../service/control-plane/control-plane.ts";
import { GOLDEN } from "../unit/compile/golden-dags.ts";
import { Cluster, compiledDag, NAMESPACE } from "./compile-cluster.ts";

describe("the API server, with the operators' own definitions, takes", () => {
  const cluster = new Cluster(inject("kubeconfig"));
  // The platform installs Argo's minimal definitions, which check nothing.
  let strict: ControlPlane;
  let workflows: Cluster;

  beforeAll(async () => {
    strict = await startControlPlane("full");
    workflows = new Cluster(strict.kubeconfig);
  });

  afterAll(() => strict?.stop());

  it("no Workflow with a field it does not know", async () => {
    const { workflow } = compiledDag(GOLDEN.python_task?.dag ?? {});
    const mistyped = { ...workflow, spec: { ...workflow.spec, entrypiont: "main" } };
    await expect(workflows.accepts(mistyped)).rejects.toThrow("entrypiont");
  });

  describe.each(Object.entries(GOLDEN))("of %s", (_, { dag }) => {
    const { workflow } = compiledDag(dag);

    it("the Workflow, without an unknown field", async () => {
      await workflows.accepts(workflow);
    });

    const manifests = workflow.spec.templates.flatMap(({ resource }) =>
      resource === undefined ? [] : [resource.manifest],
    );
    if (manifests.length === 0) return;
    it("the custom resource, in the team's namespace", async () => {
      for (const manifest of manifests) {
        // Argo puts these in when it makes the pod.
        const text = manifest
          .replaceAll("{{workflow.uid}}", "11111111-2222-3333-4444-555555555555")
          .replace(/\{\{inputs\.parameters\.attempt\}\}/g, "0");
        const object = JSON.parse(text) as { apiVersion: string; kind: string; metadata: { namespace: string } };
        expect(object.metadata.namespace).toBe(NAMESPACE);
        await cluster.accepts(object);
      }
    });
  });
});
