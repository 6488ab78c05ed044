import { describe, expect, test } from "vitest";
import { flavorName, WORK_POOLS } from "../../../components/cluster/pools.ts";
import { planFlavors } from "../../../components/workflow/flavors.ts";
import { planTeamQueues, poolShare, poolsOf, type TeamShare } from "../../../components/workflow/queues.ts";

const share: TeamShare = {
  quota: { cpu: { cpu: 100, memory: 400, gpu: 0 }, gpu_spot: { cpu: 48, memory: 192, gpu: 4 } },
  burst: 0.5,
  lend: 0.25,
  weight: 2,
};

describe("flavors", () => {
  const flavors = planFlavors();

  test("one for each kind of capacity", () => {
    expect(Object.keys(flavors).sort()).toEqual([
      "cpu-on-demand",
      "cpu-spot",
      "gpu-on-demand",
      "gpu-slice-on-demand",
      "gpu-spot",
    ]);
  });

  test("an affinity that excludes spot leaves exactly the on-demand flavor of the class", () => {
    const reachable = Object.entries(flavors)
      .filter(([, { nodeLabels }]) => nodeLabels["orch.dev/class"] === "gpu")
      .filter(([, { nodeLabels }]) => nodeLabels["orch.dev/capacity"] !== "spot");
    expect(reachable.map(([name]) => name)).toEqual(["gpu-on-demand"]);
  });

  test("a flavor tolerates the taints of the nodes it sends pods to", () => {
    expect(flavors["gpu-spot"]?.tolerations.map(({ key }) => key)).toEqual(["orch.dev/spot", "nvidia.com/gpu"]);
    expect(flavors["cpu-on-demand"]?.tolerations).toEqual([]);
  });
});

describe("a team's queues", () => {
  const queues = planTeamQueues("research", "team-research", share);

  test("spot is tried before on-demand", () => {
    for (const workClass of ["cpu", "gpu"] as const) {
      const order = queues[workClass].spec.resourceGroups[0]?.flavors.map(({ name }) => name);
      expect(order).toEqual([`${workClass}-spot`, `${workClass}-on-demand`]);
      expect(poolsOf(workClass).map(flavorName)).toEqual(order);
    }
  });

  test("quota, burst and lending follow from the team's share", () => {
    const onDemand = queues.cpu.spec.resourceGroups[0]?.flavors[1];
    expect(onDemand).toEqual({
      name: "cpu-on-demand",
      resources: [
        { name: "cpu", nominalQuota: "100", borrowingLimit: "50", lendingLimit: "25" },
        { name: "memory", nominalQuota: "400Gi", borrowingLimit: "200Gi", lendingLimit: "100Gi" },
      ],
    });
  });

  test("a pool without quota is there with none, so that the order of flavors is the same for every team", () => {
    const spot = queues.cpu.spec.resourceGroups[0]?.flavors[0];
    expect(spot?.resources.map(({ nominalQuota }) => nominalQuota)).toEqual(["0", "0"]);
  });

  test("every flavor lists the covered resources in their order, as Kueue demands", () => {
    for (const { spec } of Object.values(queues)) {
      for (const { coveredResources, flavors } of spec.resourceGroups) {
        for (const flavor of flavors) expect(flavor.resources.map(({ name }) => name)).toEqual(coveredResources);
      }
    }
  });

  test("slices of GPUs have a queue of their own, where the team has any", () => {
    expect(Object.keys(queues)).toEqual(["cpu", "gpu"]);
    const sliced = planTeamQueues("research", "team-research", {
      ...share,
      quota: { ...share.quota, gpu_slices: { cpu: 14, memory: 140, gpu: 7 } },
    });
    expect(sliced["gpu-slice"]).toMatchObject({ name: "research-gpu-slice", localQueue: "gpu-slice" });
    expect(sliced["gpu-slice"]?.spec.resourceGroups).toEqual([
      {
        coveredResources: ["cpu", "memory", "nvidia.com/mig-1g.10gb"],
        flavors: [
          {
            name: "gpu-slice-on-demand",
            resources: [
              { name: "cpu", nominalQuota: "14", borrowingLimit: "7", lendingLimit: "3" },
              { name: "memory", nominalQuota: "140Gi", borrowingLimit: "70Gi", lendingLimit: "35Gi" },
              { name: "nvidia.com/mig-1g.10gb", nominalQuota: "7", borrowingLimit: "3", lendingLimit: "1" },
            ],
          },
        ],
      },
    ]);
    expect({ cpu: sliced.cpu, gpu: sliced.gpu }).toEqual(queues);
  });

  test("nothing waits behind what cannot be admitted, and higher priority takes from lower", () => {
    expect(queues.gpu.spec).toMatchObject({
      cohortName: "orch",
      queueingStrategy: "BestEffortFIFO",
      preemption: { reclaimWithinCohort: "Any", withinClusterQueue: "LowerPriority" },
      flavorFungibility: { whenCanBorrow: "MayStopSearch", whenCanPreempt: "TryNextFlavor" },
      fairSharing: { weight: "2" },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "team-research" } },
    });
  });
});

describe("flavors and pools", () => {
  test("every pool of work has a flavor", () => {
    expect(WORK_POOLS.map(flavorName).every((name) => name in planFlavors())).toBe(true);
  });

  test("a team that says nothing of bursting borrows nothing, and lends all that it leaves unused", () => {
    const { nominal, borrowing, lending } = poolShare({ quota: share.quota }, "cpu");
    expect(borrowing).toEqual({ cpu: 0, memory: 0, gpu: 0 });
    expect(lending).toEqual(nominal);
  });
});
