import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { QOS } from "../../../submission/spec/index.ts";
import { compiled, dagOf, manifestOf, profile, python, submissionOf } from "./submissions.ts";

const ZONE = "topology.kubernetes.io/zone";
const MACHINE = "kubernetes.io/hostname";

const constraint = z.object({
  maxSkew: z.literal(1),
  topologyKey: z.string(),
  whenUnsatisfiable: z.string(),
  labelSelector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
});
const template = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  spec: z.object({ topologySpreadConstraints: z.array(constraint).optional() }),
});
const rayJob = z.object({
  spec: z.object({
    rayClusterSpec: z.object({
      headGroupSpec: z.object({ template }),
      workerGroupSpecs: z.tuple([z.object({ template })]),
    }),
  }),
});
const flinkDeployment = z.object({
  spec: z.object({
    podTemplate: template,
    taskManager: z.object({ podTemplate: template.optional() }),
  }),
});

const ray = (params: object, rest: object = {}) => ({
  id: "a",
  kind: "ray_job",
  image: "ghcr.io/archetype/trainers:0.8.1",
  params,
  ...rest,
});
const flink = (parallelism: number, cpu: string) => ({
  id: "a",
  kind: "flink_job",
  image: "flink:1.20.1",
  params: { sql: "insert into x select * from y", parallelism },
  resources: { cpu, mem: "4Gi" },
});
const result = (node: object, using = profile) =>
  compiled(submissionOf(dagOf([node]), {}, undefined, using), undefined, using);
const reason = (node: object) => result(node).placements[0]?.reason;

function clusterOf(node: object, using = profile) {
  const { headGroupSpec, workerGroupSpecs } = rayJob.parse(manifestOf(result(node, using), "a")).spec.rayClusterSpec;
  return { head: headGroupSpec.template, worker: workerGroupSpecs[0].template };
}
const keys = (of: z.infer<typeof template> | undefined) =>
  of?.spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);

describe("the workers of a node", () => {
  it("are spread over zones, and over the machines in them, and the plan says so", () => {
    const node = ray({ workers: 4 });
    expect(keys(clusterOf(node).worker)).toEqual([ZONE, MACHINE]);
    expect(reason(node)).toMatch(/; 4 workers spread over zones and machines where there is room$/);
  });

  it("are spread as many as there may ever be, though it starts with one", () => {
    const node = ray({ workers: 1, max_workers: 8 });
    expect(keys(clusterOf(node).worker)).toEqual([ZONE, MACHINE]);
    expect(reason(node)).toContain("8 workers");
  });

  it("stay in the zone of their dataset, and are spread over its machines", () => {
    const node = ray({ workers: 4 }, { locality: "iceberg" });
    expect(keys(clusterOf(node).worker)).toEqual([MACHINE]);
    expect(reason(node)).toMatch(/where iceberg is; 4 workers spread over machines of the zone where there is room$/);
  });

  it("are packed when they take GPUs, so that whole machines stay free", () => {
    const node = ray({ workers: 4 }, { resources: { gpu: 1 } });
    expect(keys(clusterOf(node).worker)).toBeUndefined();
    expect(reason(node)).toMatch(/; 4 workers packed, not spread: they take GPUs$/);
  });

  it("are spread over machines alone where the pools are in one zone", () => {
    const zones = ["us-east-1a"];
    const using = { ...profile, pools: profile.pools.map((pool) => ({ ...pool, zones })) };
    expect(keys(clusterOf(ray({ workers: 2 }), using).worker)).toEqual([MACHINE]);
  });

  it("are nothing to spread when there is one", () => {
    expect(keys(clusterOf(ray({})).worker)).toBeUndefined();
    expect(reason(ray({}))).not.toContain("spread");
  });

  it("are Flink's task managers, as many as its tasks need, and its job manager is none of them", () => {
    const parsed = flinkDeployment.parse(manifestOf(result(flink(8, "2")), "a"));
    const { podTemplate, taskManager } = parsed.spec;
    expect(keys(taskManager.podTemplate)).toEqual([ZONE, MACHINE]);
    expect(keys(podTemplate)).toBeUndefined();
    expect(podTemplate.metadata.labels).not.toMatchObject(taskManager.podTemplate?.metadata.labels ?? {});
    expect(reason(flink(8, "2"))).toContain("4 task managers spread");
    expect(reason(flink(2, "2"))).not.toContain("spread");
  });

  it("are never nodes of the DAG beside each other: each of those is retried alone", () => {
    const { workflow } = compiled(submissionOf(dagOf(["a", "b", "c"].map((id) => python(id)))));
    expect(JSON.stringify(workflow)).not.toContain("topologySpreadConstraints");
  });
});

describe("whatever a node asks for", () => {
  const asked = fc.record({
    workers: fc.integer({ min: 1, max: 6 }),
    more: fc.integer({ min: 0, max: 3 }),
    gpu: fc.integer({ min: 0, max: 2 }),
    locality: fc.option(fc.constantFrom("iceberg", "clickhouse", "us-east-1c"), { nil: undefined }),
    qos: fc.constantFrom(...QOS),
  });

  it("spreading never keeps a worker waiting, leaves its zone or takes GPU machines apart, and counts workers alone", () => {
    fc.assert(
      fc.property(asked, ({ workers, more, gpu, locality, qos }) => {
        const params = { workers, max_workers: workers + more };
        const { head, worker } = clusterOf(
          ray(params, { resources: { gpu }, qos, ...(locality === undefined ? {} : { locality }) }),
        );
        const constraints = worker.spec.topologySpreadConstraints ?? [];
        expect(constraints.length > 0).toBe(gpu === 0 && workers + more > 1);
        expect(keys(worker)?.includes(ZONE) ?? false).toBe(constraints.length > 0 && locality === undefined);
        for (const { whenUnsatisfiable, labelSelector } of constraints) {
          expect(whenUnsatisfiable).toBe("ScheduleAnyway");
          expect(worker.metadata.labels).toMatchObject(labelSelector.matchLabels);
          expect(head.metadata.labels).not.toMatchObject(labelSelector.matchLabels);
        }
        expect(keys(head)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});
