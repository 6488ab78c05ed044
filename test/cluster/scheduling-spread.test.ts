import { afterAll, describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { compiledDag } from "./compile-cluster.ts";
import { quota, SchedulingCluster } from "./scheduling-cluster.ts";

const cluster = new SchedulingCluster(inject("kubeconfig"));

afterAll(() => cluster.clear());

const rayJob = z.object({
  spec: z.object({
    rayClusterSpec: z.object({
      workerGroupSpecs: z.tuple([
        z.object({ template: z.looseObject({ metadata: z.looseObject({}), spec: z.looseObject({}) }) }),
      ]),
    }),
  }),
});

/** The template of the workers, three of them, of which one machine could hold all. */
function workerOf(node: object) {
  const { workflow } = compiledDag({
    nodes: [
      { id: "train", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", params: { workers: 3 }, ...node },
    ],
    edges: [],
  });
  const [manifest = ""] = workflow.spec.templates.flatMap(({ resource }) => resource?.manifest ?? []);
  // What Argo puts in at the first attempt.
  const text = manifest.replaceAll(/\{\{=.*?\}\}/g, "spot");
  return rayJob.parse(JSON.parse(text)).spec.rayClusterSpec.workerGroupSpecs[0].template;
}

/** As Ray's operator makes workers of a template: where the scheduler puts them. */
async function placed(template: ReturnType<typeof workerOf>) {
  const { team } = await cluster.teams({ team: { quota: { cpu_spot: quota(1) } } });
  const workers = [1, 2, 3].map(() => cluster.start(team.namespace, template));
  const machines = await Promise.all(workers.map(async (worker) => cluster.running(await worker)));
  const zones = await Promise.all(machines.map((machine) => cluster.zoneOf(machine)));
  return { machines: new Set(machines).size, zones: new Set(zones).size };
}

describe("the scheduler, which fills one machine after the other, puts three workers of a ray_job", () => {
  it("each into a zone of its own", async () => {
    expect(await placed(workerOf({}))).toEqual({ machines: 3, zones: 3 });
  });

  it("on one machine when they are not told to go apart", async () => {
    const { metadata, spec } = workerOf({});
    const { topologySpreadConstraints: _, ...rest } = spec;
    expect(await placed({ metadata, spec: rest })).toEqual({ machines: 1, zones: 1 });
  });

  it("on machines of their own in the zone of their dataset", async () => {
    expect(await placed(workerOf({ locality: "iceberg" }))).toEqual({ machines: 3, zones: 1 });
  });

  it("on one machine when they take GPUs", async () => {
    expect(await placed(workerOf({ resources: { gpu: 1 } }))).toEqual({ machines: 1, zones: 1 });
  });
});
