import { describe, expect, it } from "vitest";
import { compiled, dagOf, profile, python, submissionOf, templateOf } from "./submissions.ts";

const placed = (node: object, params: object = {}) => {
  const [placement] = compiled(submissionOf(dagOf([python("a", node)]), params)).placements;
  if (placement === undefined) throw new Error("not placed");
  return placement;
};

describe("a node is placed", () => {
  it("on spot first, then on-demand, when spot is allowed", () => {
    expect(placed({})).toMatchObject({
      pools: ["cpu_spot", "cpu"],
      flavors: ["cpu-spot", "cpu-on-demand"],
      queue: "cpu",
    });
  });

  it.each(["on_demand", "latency_critical"])("never on spot with %s, whatever pool is preferred", (qos) => {
    expect(placed({ qos }, { affinity: { compute_pool: "cpu_spot" } }).pools).toEqual(["cpu"]);
  });

  it("in the GPU queue when it asks for a GPU", () => {
    expect(placed({ resources: { gpu: 1 } })).toMatchObject({ pools: ["gpu_spot", "gpu"], queue: "gpu" });
  });

  it("in the preferred pool when it fits, and as if there were none when not", () => {
    const params = { affinity: { compute_pool: "gpu_spot" } };
    expect(placed({ resources: { gpu: 1 } }, params).pools).toEqual(["gpu_spot", "gpu"]);
    expect(placed({}, params)).toMatchObject({
      pools: ["cpu_spot", "cpu"],
      reason: expect.stringContaining("gpu_spot is not for it"),
    });
  });

  it("on-demand only when an on-demand pool is preferred", () => {
    expect(placed({}, { affinity: { compute_pool: "cpu" } }).pools).toEqual(["cpu"]);
  });

  it("in the zone of its dataset", () => {
    const { affinity } = templateOf(compiled(submissionOf(dagOf([python("a", { locality: "iceberg" })]))), "a");
    expect(JSON.stringify(affinity)).toContain(
      JSON.stringify({
        key: "topology.kubernetes.io/zone",
        operator: "In",
        values: [profile.storage.datasetZones.iceberg],
      }),
    );
  });

  it("with the priority in force", () => {
    expect(placed({}, { priority: "critical" }).priority).toBe("orch-critical");
  });
});

describe("queue labels", () => {
  it("are on the pods of containers, and on the custom resource instead of Argo's waiter", () => {
    const ray = { id: "ray", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1" };
    const result = compiled(submissionOf(dagOf([python("a"), ray])));
    expect(templateOf(result, "a").metadata?.labels).toMatchObject({ "kueue.x-k8s.io/queue-name": "cpu" });
    expect(Object.keys(templateOf(result, "ray").metadata?.labels ?? {})).toEqual(["node_id"]);
    const manifest = JSON.parse(templateOf(result, "ray").resource?.manifest ?? "") as { metadata: { labels: object } };
    expect(manifest.metadata.labels).toMatchObject({ "kueue.x-k8s.io/queue-name": "cpu" });
  });
});
