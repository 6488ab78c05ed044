import { afterAll, describe, expect, inject, it } from "vitest";
import { attemptsAt, Cluster, compiledDag, simulating } from "./compile-cluster.ts";
import { queueLabelsOf, quota, SchedulingCluster, type TestTeam } from "./scheduling-cluster.ts";

const cluster = new SchedulingCluster(inject("kubeconfig"));
const argo = new Cluster(inject("kubeconfig"));

afterAll(() => cluster.clear());

const pools = (attempts: ReturnType<typeof attemptsAt>) =>
  attempts.map(({ hostNodeName }) => hostNodeName?.replace(/-\d+$/, ""));

describe("a ray_job of a DAG", () => {
  const dag = {
    nodes: [
      { id: "train", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", resources: { cpu: "2", mem: "2Gi" } },
    ],
    edges: [],
  };
  const charged = async ({ profile }: TestTeam) => {
    const all = await cluster.workloads(profile.teams.research?.namespace ?? "");
    return all
      .filter(({ spec }) => spec.queueName === profile.teams.research?.queues.cpu)
      .map(({ metadata, status }) => [
        metadata.ownerReferences[0]?.kind,
        status.admission?.podSetAssignments.map(({ name, resourceUsage }) => `${name} ${resourceUsage.cpu}`),
      ]);
  };

  it("is charged once: its head and its worker, and not Argo's pod that waits for it", async () => {
    const team = await cluster.queuesForDags({ quota: { cpu_spot: quota(4), cpu: quota(4) } });
    const { workflow, placements } = compiledDag(dag, team.profile);
    await argo.submit(workflow);
    expect((await argo.ended(workflow.metadata.name)).phase).toBe("Succeeded");
    expect(await charged(team)).toEqual([["RayJob", ["head 1", "work 2"]]]);
    expect(placements[0]?.charge).toMatchObject({ work: { cpuMillis: 2000 }, leader: { cpuMillis: 1000 } });
  });

  it("would be charged twice with the queue's labels on Argo's pod, too", async () => {
    const team = await cluster.queuesForDags({ quota: { cpu_spot: quota(4), cpu: quota(4) } });
    const { workflow } = compiledDag(dag, team.profile);
    const templates = workflow.spec.templates.map((each) =>
      each.resource === undefined
        ? each
        : { ...each, metadata: { labels: { ...each.metadata?.labels, ...queueLabelsOf(team) } } },
    );
    await argo.submit({ ...workflow, spec: { ...workflow.spec, templates } });
    expect((await argo.ended(workflow.metadata.name)).phase).toBe("Succeeded");
    expect((await charged(team)).map(([kind]) => kind).sort()).toEqual(["Pod", "RayJob"]);
  });
});

describe("a Ray cluster that may grow", () => {
  const node = { id: "train", kind: "ray_job", image: "ghcr.io/archetype/trainers:0.8.1", params: { max_workers: 4 } };
  const { workflow } = compiledDag({ nodes: [node], edges: [] });
  const [manifest = ""] = workflow.spec.templates.flatMap(({ resource }) => resource?.manifest ?? []);
  const rayJob = JSON.parse(manifest.replaceAll("{{workflow.uid}}", "11111111-2222-3333-4444-555555555555"));

  it("is taken by Kueue, which refuses one that does not say that its size changes", async () => {
    await argo.accepts(rayJob);
    const { annotations: _, ...metadata } = rayJob.metadata;
    await expect(argo.accepts({ ...rayJob, metadata })).rejects.toThrow(/autoscaling when workload slicing is enabled/);
  });
});

describe("a node that is preempted", () => {
  const dag = {
    slo: { priority: "low" },
    nodes: [
      {
        id: "work",
        kind: "python_task",
        image: "ghcr.io/archetype/feature-kit:0.3.2",
        resources: { cpu: "1500m", mem: "1Gi" },
        retry: { max_attempts: 1 },
      },
    ],
    edges: [],
  };

  /** Runs it on spot until critical work, for which there is no other place left, takes that. */
  async function preempted(infrastructureAttempts: number) {
    const team = await cluster.queuesForDags({ quota: { cpu_spot: quota(2), cpu: quota(2) } });
    const { workflow } = compiledDag(dag, { ...team.profile, infrastructureAttempts });
    const { name } = workflow.metadata;
    await argo.submit(simulating(workflow, "work", { "orch.dev/simulate-duration": "4s" }));
    const first = await argo.until(async () => {
      const [pod] = await argo.pods(name);
      return pod?.status?.phase === "Running" ? pod : undefined;
    }, "the first attempt");
    const critical = { cpu: 2, priority: "critical" } as const;
    const beside = await cluster.run(team, critical);
    expect(await cluster.admitted(beside)).toBe("cpu-on-demand");
    const instead = await cluster.run(team, critical);
    expect(await cluster.admitted(instead)).toBe("cpu-spot");
    expect(await cluster.preempted(team.namespace, first)).toMatch(/due to prioritization/);
    return { name, beside, instead, first };
  }

  it("is queued again as a loss, not as the user's attempt, and the last time on-demand", async () => {
    const { name, beside, instead, first } = await preempted(1);
    const second = await argo.until(
      async () => (await argo.pods(name)).find(({ metadata }) => metadata?.uid !== first.metadata?.uid),
      "the second attempt",
    );
    expect(await cluster.heldBack(second)).toMatch(/in flavor cpu-on-demand/);
    // Spot is free again before on-demand is, and it does not go there.
    await cluster.end(instead);
    await cluster.end(beside);
    const state = await argo.ended(name);
    expect([state.phase, pools(attemptsAt(state, "work"))]).toEqual(["Succeeded", ["cpu-spot", "cpu"]]);
  });

  it("fails its DAG where losses have no attempts of their own", async () => {
    const { name, beside, instead } = await preempted(0);
    const state = await argo.ended(name);
    expect([state.phase, pools(attemptsAt(state, "work"))]).toEqual(["Failed", ["cpu-spot"]]);
    await Promise.all([beside, instead].map((pod) => cluster.end(pod)));
  });
});
