import { describe, expect, inject, it } from "vitest";
import { nodeTraceparent } from "../../submission/compile/trace.ts";
import { Cluster, compiledDag } from "./compile-cluster.ts";

describe("the trace context of a run's pods", () => {
  it("names the node's own span, also where Argo works it out for nodes that share a template", async () => {
    const cluster = new Cluster(inject("kubeconfig"));
    const task = (id: string, extra: object = {}) => ({
      id,
      kind: "python_task",
      image: "ghcr.io/archetype/feature-kit:0.3.2",
      resources: { cpu: "1", mem: "1Gi" },
      ...extra,
    });
    // Named by the task, by a parameter (an id with `_` is no task name; retried nodes stand one template deeper), and alone.
    const retried = { retry: { max_attempts: 2, backoff_sec: 1 } };
    const ids = ["one", "two", "with_line", "again", "again_too", "alone"];
    const { workflow } = compiledDag({
      nodes: [
        task("one"),
        task("two"),
        task("with_line", { timeout: "1h" }),
        task("again", retried),
        task("again_too", retried),
        task("alone", { timeout: "2h" }),
      ],
      edges: [],
    });
    const { name } = workflow.metadata;
    await cluster.submit(workflow);
    const pods = await cluster.until(async () => {
      const found = await cluster.pods(name);
      const byNode = new Map(found.map((pod) => [pod.metadata?.labels?.node_id, pod]));
      return ids.every((id) => byNode.has(id)) ? byNode : undefined;
    }, "a pod of each node");
    const sent = ids.map((id) => {
      const main = pods.get(id)?.spec?.containers.find((container) => container.name === "main");
      return [id, main?.env?.find((variable) => variable.name === "TRACEPARENT")?.value];
    });
    expect(sent).toEqual(ids.map((id) => [id, nodeTraceparent(name, id)]));
    await cluster.remove(workflow);
  });
});
