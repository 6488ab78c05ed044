import { CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { afterAll, describe, expect, inject, it } from "vitest";
import { quota, SchedulingCluster } from "./scheduling-cluster.ts";

const cluster = new SchedulingCluster(inject("kubeconfig"));
afterAll(() => cluster.clear());
const config = new KubeConfig();
config.loadFromFile(inject("kubeconfig"));
const core = config.makeApiClient(CoreV1Api);

const SLICE = { gpu: 1, gpuSlice: "1g.10gb" } as const;
/** What the node of a running pod has for others. */
const nodeOf = async (pod: V1Pod) => core.readNode({ name: await cluster.running(pod) });

describe("a job that asks for a slice of a GPU", () => {
  it("is admitted on the team's quota of slices, and shares a node of cut GPUs with another", async () => {
    const { a } = await cluster.teams({ a: { quota: { gpu_slices: quota(40, 2) } } });
    const first = await cluster.run(a, SLICE);
    const second = await cluster.run(a, SLICE);
    for (const job of [first, second]) expect(await cluster.admitted(job)).toBe("gpu-slice-on-demand");
    const usage = (await cluster.workloadOf(first))?.status.admission?.podSetAssignments[0]?.resourceUsage;
    expect(usage).toMatchObject({ "nvidia.com/mig-1g.10gb": "1" });

    const [node, other] = [await nodeOf(first), await nodeOf(second)];
    expect(other.metadata?.name).toBe(node.metadata?.name);
    expect(node.metadata?.labels).toMatchObject({
      "orch.dev/pool": "gpu_slices",
      "nvidia.com/mig.config": "all-1g.10gb",
    });
    expect(node.status?.allocatable).toMatchObject({ "nvidia.com/mig-1g.10gb": "56" });
    expect(node.status?.allocatable).not.toHaveProperty(["nvidia.com/gpu"]);

    const third = await cluster.run(a, SLICE);
    expect(await cluster.heldBack(third)).toMatch(/nvidia.com\/mig-1g\.10gb in flavor gpu-slice-on-demand/);
    await cluster.end(first);
    expect(await cluster.admitted(third)).toBe("gpu-slice-on-demand");
  });

  it("waits for no whole GPU, and a job that wants one never goes where GPUs are cut", async () => {
    const { a } = await cluster.teams({ a: { quota: { gpu: quota(40, 1), gpu_slices: quota(40, 8) } } });
    const whole = await cluster.run(a, { gpu: 1, qos: "on_demand" });
    expect(await cluster.admitted(whole)).toBe("gpu-on-demand");
    expect((await nodeOf(whole)).metadata?.labels).toMatchObject({ "orch.dev/pool": "gpu" });
    expect(await cluster.heldBack(await cluster.run(a, { gpu: 1, qos: "on_demand" }))).toMatch(/nvidia.com\/gpu/);
    expect(await cluster.admitted(await cluster.run(a, SLICE))).toBe("gpu-slice-on-demand");
  });

  it("takes a slice back from whoever borrowed it", async () => {
    const share = { quota: { gpu_slices: quota(40, 1) } };
    const { borrower, owner } = await cluster.teams({ borrower: { ...share, burst: 1 }, owner: share });
    for (const job of [await cluster.run(borrower, SLICE), await cluster.run(borrower, SLICE)])
      await cluster.admitted(job);
    expect(await cluster.admitted(await cluster.run(owner, SLICE))).toBe("gpu-slice-on-demand");
    expect(await cluster.preempted(borrower.namespace)).toMatch(/due to reclamation within the cohort/);
  });
});
