import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Environment } from "../../local/cluster/index.ts";
import { bringUp } from "../../local/index.ts";
import { attemptsAt, Cluster, compiledDag, NAMESPACE, simulatingResources } from "./compile-cluster.ts";
import { SchedulingCluster } from "./scheduling-cluster.ts";

const rayJob = z.object({
  metadata: z.object({ uid: z.string(), generation: z.number() }),
  spec: z.object({
    rayClusterSpec: z.object({
      workerGroupSpecs: z.tuple([
        z.object({
          template: z.object({ spec: z.object({ nodeSelector: z.record(z.string(), z.string()).optional() }) }),
        }),
      ]),
    }),
  }),
  status: z.object({ jobDeploymentStatus: z.string().optional() }).optional(),
});

/** The RayJob of a DAG's node while it runs. */
async function running(argo: Cluster, name: string) {
  const job = await argo.read("ray.io/v1", "RayJob", `${name}-work`).catch(() => undefined);
  const parsed = job === undefined ? undefined : rayJob.parse(job);
  return parsed?.status?.jobDeploymentStatus === "Running" ? parsed : undefined;
}

/** An environment whose Kueue waits for pods to be ready, as production's does, but not for ten minutes. */
const PODS_READY_SECONDS = 3;

describe("when spot has run out of machines, though not of quota", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "orch-stock-out-"));
  let environment: Environment;
  beforeAll(async () => {
    ({ environment } = await bringUp({ stateDir, lifetime: "attached", podsReadySeconds: PODS_READY_SECONDS }));
    const cluster = new SchedulingCluster(environment.kubeconfig);
    await cluster.deleteNodes("orch.dev/capacity=spot");
  });
  afterAll(async () => {
    await environment.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  it("a node is taken back after its time and runs on-demand, at no cost of the user's attempts", async () => {
    const argo = new Cluster(environment.kubeconfig);
    const node = { id: "work", kind: "python_task", image: "ghcr.io/archetype/feature-kit:0.3.2" };
    const { workflow, placements } = compiledDag({ nodes: [{ ...node, retry: { max_attempts: 1 } }], edges: [] });
    expect(placements[0]?.flavors).toEqual(["cpu-spot", "cpu-on-demand"]);
    await argo.submit(workflow);
    const state = await argo.ended(workflow.metadata.name);
    const attempts = attemptsAt(state, "work");
    expect([state.phase, attempts.map(({ phase }) => phase)]).toEqual(["Succeeded", ["Failed", "Succeeded"]]);
    expect(attempts[0]?.message).toMatch(/^can't find failed message for pod /);
    expect(attempts[0]?.hostNodeName ?? "").toBe("");
    expect(attempts[1]?.hostNodeName).toMatch(/^cpu-\d+$/);
  });

  const resources = { cpu: "2", mem: "2Gi" };
  const retry = { max_attempts: 1 };
  const train = { id: "work", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", resources, retry };
  const select = { id: "work", kind: "spark_sql", params: { sql: "select 1" }, resources, retry };

  /** The flavors Kueue gave to the pods of the last custom resource a DAG made. */
  async function flavorsOf(kind: string, name: string) {
    const all = await new SchedulingCluster(environment.kubeconfig).workloads(NAMESPACE);
    const made = all.filter(({ metadata }) =>
      metadata.ownerReferences.some((owner) => owner.kind === kind && owner.name === `${name}-work`),
    );
    expect(made).toHaveLength(1);
    return made[0]?.status.admission?.podSetAssignments.map((each) => [each.name, each.flavors.cpu]);
  }

  it.each([
    { kind: "RayJob", node: train, pods: ["head", "work"] },
    { kind: "SparkApplication", node: select, pods: ["driver", "executor"] },
  ])("a $kind whose workers are on spot is taken away after its time and made again on-demand", async (each) => {
    const argo = new Cluster(environment.kubeconfig);
    const { workflow, placements } = compiledDag({ nodes: [each.node], edges: [] });
    const { name } = workflow.metadata;
    expect(placements[0]).toMatchObject({
      flavors: ["cpu-spot", "cpu-on-demand"],
      reason: expect.stringMatching(/on-demand when no spot machine comes$/),
    });
    await argo.submit(simulatingResources(workflow, { "orch.dev/simulate": "no-spot" }));
    const state = await argo.ended(name);
    const attempts = attemptsAt(state, "work");
    expect([state.phase, attempts.map(({ phase }) => phase)]).toEqual(["Succeeded", ["Failed", "Succeeded"]]);
    expect(attempts[0]?.message).toMatch(/: The resource has been deleted while its status was still being checked/);
    expect(await flavorsOf(each.kind, name)).toEqual(each.pods.map((pod) => [pod, "cpu-on-demand"]));
  });

  it("a RayJob that was made again on-demand runs on as it is when Argo's pod that waits for it is lost", async () => {
    const argo = new Cluster(environment.kubeconfig);
    const { workflow } = compiledDag({ nodes: [train], edges: [] });
    const { name } = workflow.metadata;
    const long = { "orch.dev/simulate": "no-spot", "orch.dev/simulate-duration": "8s" };
    await argo.submit(simulatingResources(workflow, long));
    const first = await argo.until(async () => {
      const job = await running(argo, name);
      const selector = job?.spec.rayClusterSpec.workerGroupSpecs[0].template.spec.nodeSelector;
      return selector?.["orch.dev/capacity"] === "on-demand" ? job : undefined;
    }, "the RayJob on-demand");
    const waiters = await argo.pods(name);
    const waiter = waiters.find(({ status }) => status?.phase === "Running");
    await argo.deletePod(waiter?.metadata?.name ?? "");
    const state = await argo.ended(name);
    const attempts = attemptsAt(state, "work");
    expect([state.phase, attempts.map(({ message }) => message)]).toEqual([
      "Succeeded",
      [expect.stringContaining("The resource has been deleted"), expect.stringContaining("exit code 143"), undefined],
    ]);
    const last = rayJob.parse(await argo.read("ray.io/v1", "RayJob", `${name}-work`));
    // Its generation counts the changes of what it says.
    expect(last.metadata).toEqual(first.metadata);
    expect(await flavorsOf("RayJob", name)).toContainEqual(["work", "cpu-on-demand"]);
  });
});
