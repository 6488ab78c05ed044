import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flavorName, WORK_POOLS } from "../../../components/cluster/pools.ts";
import { planFlavors } from "../../../components/workflow/flavors.ts";
import { planTeamQueues, poolsOf, reachableQuota, type TeamShare } from "../../../components/workflow/queues.ts";

const share: TeamShare = {
  quota: { cpu: { cpu: 100, memory: 400, gpu: 0 }, gpu_spot: { cpu: 48, memory: 192, gpu: 4 } },
  burst: 0.5,
  lend: 0.25,
  weight: 2,
};

describe("flavors", () => {
  const flavors = planFlavors();

  test("one for each kind of capacity", () => {
    expect(Object.keys(flavors).sort()).toEqual(["cpu-on-demand", "cpu-spot", "gpu-on-demand", "gpu-spot"]);
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

describe("the most one workload can get", () => {
  const rich: TeamShare = { quota: { cpu: { cpu: 1000, memory: 4000, gpu: 0 } }, lend: 0.1 };

  test("is the own quota and what the others lend, as far as the team may borrow", () => {
    expect(reachableQuota("research", "cpu", { research: share, rich })).toEqual({
      nominal: { cpu: 100, memory: 400, gpu: 0 },
      borrowable: { cpu: 50, memory: 200, gpu: 0 },
    });
  });

  test("is never more than the others lend", () => {
    const stingy = { ...rich, lend: 0.01 };
    const { borrowable } = reachableQuota("research", "cpu", { research: share, stingy });
    expect(borrowable).toEqual({ cpu: 10, memory: 40, gpu: 0 });
  });

  test("is the own quota where there is nobody to borrow from", () => {
    expect(reachableQuota("research", "cpu", { research: share }).borrowable).toEqual({ cpu: 0, memory: 0, gpu: 0 });
  });

  test("is never above the quota of all teams together", () => {
    const amount = fc.nat(10_000);
    const anyShare = fc.record({
      quota: fc.record({ cpu: fc.record({ cpu: amount, memory: amount, gpu: fc.constant(0) }) }),
      burst: fc.double({ min: 0, max: 10, noNaN: true }),
      lend: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(anyShare, anyShare, anyShare, (a, b, c) => {
        const { nominal, borrowable } = reachableQuota("a", "cpu", { a, b, c });
        expect(nominal).toEqual(a.quota.cpu);
        expect(borrowable.cpu).toBeGreaterThanOrEqual(0);
        expect(borrowable.cpu).toBeLessThanOrEqual(b.quota.cpu.cpu + c.quota.cpu.cpu);
      }),
    );
  });

  test("every pool of work has a flavor", () => {
    expect(WORK_POOLS.map(flavorName).every((name) => name in planFlavors())).toBe(true);
  });
});
