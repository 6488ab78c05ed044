import { afterAll, describe, expect, inject, it } from "vitest";
import type { ClusterQueueSpec } from "../../components/workflow/queues.ts";
import { asPlanned, quota, SchedulingCluster, type Without } from "./scheduling-cluster.ts";

/**
 * Each rule of the queues on the real Kueue: what happens with it, and beside that what happens when it is taken out, so that no
 * test passes because Kueue does it anyhow.
 */
const cluster = new SchedulingCluster(inject("kubeconfig"));

afterAll(() => cluster.clear());

describe("quota", () => {
  it("is borrowed up to the team's burst, and not at all without one", async () => {
    const lender = { quota: { cpu_spot: quota(4) } };
    const { a, stingy } = await cluster.teams({
      a: { quota: { cpu_spot: quota(2) }, burst: 1 },
      stingy: { quota: { cpu_spot: quota(2) }, burst: 0 },
      lender,
    });
    const own = await cluster.run(a, { cpu: 2 });
    expect(await cluster.admitted(own)).toBe("cpu-spot");
    const borrowed = await cluster.run(a, { cpu: 2 });
    expect(await cluster.admitted(borrowed)).toBe("cpu-spot");
    expect(await cluster.heldBack(await cluster.run(a, { cpu: 1 }))).toMatch(/cpu-spot/);

    await cluster.admitted(await cluster.run(stingy, { cpu: 2 }));
    expect(await cluster.heldBack(await cluster.run(stingy, { cpu: 2 }))).toMatch(/cpu-spot/);
  });

  it.each([
    { lend: 0.5, third: "waits" },
    { lend: 1, third: "runs" },
  ])(
    "is lent as far as the lender lends: of four cores $lend, so a third job of two $third",
    async ({ lend, third }) => {
      const { a } = await cluster.teams({
        a: { quota: { cpu_spot: quota(2) }, burst: 10 },
        lender: { quota: { cpu_spot: quota(4) }, lend },
      });
      for (const job of [await cluster.run(a, { cpu: 2 }), await cluster.run(a, { cpu: 2 })])
        await cluster.admitted(job);
      const last = await cluster.run(a, { cpu: 2 });
      if (third === "waits") expect(await cluster.heldBack(last)).toMatch(/cpu-spot/);
      else expect(await cluster.admitted(last)).toBe("cpu-spot");
    },
  );

  describe("that is lent", () => {
    const teams = (without?: Without) =>
      cluster.teams(
        { borrower: { quota: { cpu_spot: quota(2) }, burst: 1 }, owner: { quota: { cpu_spot: quota(2) } } },
        without,
      );

    it("comes back to its owner, from whoever borrowed it", async () => {
      const { borrower, owner } = await teams();
      await cluster.admitted(await cluster.run(borrower, { cpu: 2, priority: "high" }));
      await cluster.admitted(await cluster.run(borrower, { cpu: 2, priority: "high" }));
      const claim = await cluster.run(owner, { cpu: 2, priority: "low" });
      expect(await cluster.admitted(claim)).toBe("cpu-spot");
      expect(await cluster.preempted(borrower.namespace)).toMatch(/due to reclamation within the cohort/);
    });

    it("does not come back without reclaimWithinCohort", async () => {
      const { borrower, owner } = await teams((spec) => ({
        ...spec,
        preemption: { ...spec.preemption, reclaimWithinCohort: "Never" },
      }));
      for (const job of [await cluster.run(borrower, { cpu: 2 }), await cluster.run(borrower, { cpu: 2 })]) {
        await cluster.admitted(job);
      }
      expect(await cluster.heldBack(await cluster.run(owner, { cpu: 2 }))).toMatch(/insufficient unused quota/);
    });
  });
});

describe("priority", () => {
  const alone = { a: { quota: { cpu_spot: quota(2) } } };

  it("takes from what is lower in the same queue, not from its equal", async () => {
    const { a } = await cluster.teams(alone);
    const low = await cluster.run(a, { cpu: 2, priority: "low" });
    await cluster.admitted(low);
    const normal = await cluster.run(a, { cpu: 2, priority: "normal" });
    expect(await cluster.admitted(normal)).toBe("cpu-spot");
    expect(await cluster.preempted(a.namespace, low)).toMatch(/due to prioritization in the ClusterQueue/);
    expect(await cluster.heldBack(await cluster.run(a, { cpu: 2, priority: "normal" }))).not.toMatch(/preempt/);
    const critical = await cluster.run(a, { cpu: 2, priority: "critical" });
    expect(await cluster.admitted(critical)).toBe("cpu-spot");
    expect(await cluster.preempted(a.namespace, normal)).toMatch(/due to prioritization in the ClusterQueue/);
  });

  it("takes nothing without withinClusterQueue", async () => {
    const { a } = await cluster.teams(alone, (spec) => ({
      ...spec,
      preemption: { ...spec.preemption, withinClusterQueue: "Never" },
    }));
    await cluster.admitted(await cluster.run(a, { cpu: 2, priority: "low" }));
    const critical = await cluster.run(a, { cpu: 2, priority: "critical" });
    expect(await cluster.heldBack(critical)).toMatch(/insufficient unused quota/);
  });
});

describe("what cannot be admitted", () => {
  const alone = { a: { quota: { gpu_spot: quota(40, 4), cpu_spot: quota(4) } } };
  const first: Without = (spec) => ({ ...spec, queueingStrategy: "StrictFIFO" });
  const oneQueue: Without = (spec) => (isGpu(spec) ? { ...first(spec), resourceGroups: [BOTH] } : spec);
  /** By its priority it stands behind: queues know the time of arrival to the second only. */
  const behind = { priority: "low" } as const;

  it("holds back no GPU job that fits, and no CPU job", async () => {
    const { a } = await cluster.teams(alone);
    await cluster.admitted(await cluster.run(a, { gpu: 2 }));
    const large = await cluster.run(a, { gpu: 4 });
    await cluster.heldBack(large);
    expect(await cluster.admitted(await cluster.run(a, { gpu: 1, ...behind }))).toBe("gpu-spot");
    expect(await cluster.admitted(await cluster.run(a, { cpu: 1, ...behind }))).toBe("cpu-spot");
    expect(await cluster.heldBack(large)).toMatch(/nvidia.com\/gpu/);
  });

  it("holds back the GPU job behind it in a queue that keeps its order, and even then no CPU job", async () => {
    const { a } = await cluster.teams(alone, first);
    await cluster.admitted(await cluster.run(a, { gpu: 2 }));
    await cluster.heldBack(await cluster.run(a, { gpu: 4 }));
    const small = await cluster.run(a, { gpu: 1, ...behind });
    await cluster.queued(a, "gpu", 2);
    // Kueue looks at the head of every queue at once: when the CPU job is through, the GPU queue has had its turn.
    expect(await cluster.admitted(await cluster.run(a, { cpu: 1 }))).toBe("cpu-spot");
    expect((await cluster.workloadOf(small))?.status.admission).toBeUndefined();
  });

  it("holds back the CPU job behind it where both kinds of work stand in one queue that keeps its order", async () => {
    const { a } = await cluster.teams(alone, oneQueue);
    await cluster.admitted(await cluster.run(a, { gpu: 2, cpu: 1 }));
    await cluster.heldBack(await cluster.run(a, { gpu: 4 }));
    const small = await cluster.run(a, { cpu: 1, ...behind }, "gpu");
    await cluster.queued(a, "gpu", 2);
    expect(await cluster.admitted(await cluster.run(a, { cpu: 1, ...behind }, "cpu"))).toBe("cpu-spot");
    expect((await cluster.workloadOf(small))?.status.admission).toBeUndefined();
  });
});

const isGpu = ({ resourceGroups }: ClusterQueueSpec) => resourceGroups[0]?.coveredResources.length === 3;

/** GPU and CPU capacity in one queue. */
const BOTH = {
  coveredResources: ["cpu", "memory", "nvidia.com/gpu"],
  flavors: ["gpu-spot", "cpu-spot"].map((name) => ({
    name,
    resources: Object.entries({ cpu: "40", memory: "1000Gi", "nvidia.com/gpu": name === "gpu-spot" ? "4" : "0" }).map(
      ([resource, nominalQuota]) => ({ name: resource, nominalQuota }),
    ),
  })),
};

describe("spot_ok work", () => {
  const one = { a: { quota: { cpu_spot: quota(2), cpu: quota(2) } } };

  it("runs on spot first, on-demand when spot quota is used up, and then waits", async () => {
    const { a } = await cluster.teams(one);
    const spot = await cluster.run(a, { cpu: 2 });
    expect([await cluster.admitted(spot), await cluster.running(spot)]).toEqual([
      "cpu-spot",
      expect.stringMatching(/^cpu-spot-/),
    ]);
    const onDemand = await cluster.run(a, { cpu: 2 });
    expect([await cluster.admitted(onDemand), await cluster.running(onDemand)]).toEqual([
      "cpu-on-demand",
      expect.stringMatching(/^cpu-\d/),
    ]);
    expect(await cluster.heldBack(await cluster.run(a, { cpu: 2 }))).toMatch(
      /in flavor cpu-on-demand.*in flavor cpu-spot/,
    );
  });

  it("runs on-demand first where the flavors stand the other way round", async () => {
    const { a } = await cluster.teams(one, (spec) => ({
      ...spec,
      resourceGroups: spec.resourceGroups.map((group) => ({ ...group, flavors: [...group.flavors].reverse() })),
    }));
    expect(await cluster.admitted(await cluster.run(a, { cpu: 2 }))).toBe("cpu-on-demand");
  });

  const fungibility =
    (change: Partial<ClusterQueueSpec["flavorFungibility"]>): Without =>
    (spec) => ({ ...spec, flavorFungibility: { ...spec.flavorFungibility, ...change } });

  it.each([
    { rule: "as planned", without: asPlanned, flavor: "cpu-spot" },
    { rule: "without the rule", without: fungibility({ whenCanBorrow: "TryNextFlavor" }), flavor: "cpu-on-demand" },
  ])("gets another team's idle spot before it pays for on-demand: $rule $flavor", async ({ without, flavor }) => {
    const { a } = await cluster.teams(
      { a: { quota: { cpu_spot: quota(2), cpu: quota(2) }, burst: 1 }, idle: { quota: { cpu_spot: quota(2) } } },
      without,
    );
    await cluster.admitted(await cluster.run(a, { cpu: 2 }));
    expect(await cluster.admitted(await cluster.run(a, { cpu: 2 }))).toBe(flavor);
  });

  it.each([
    { rule: "as planned", without: asPlanned, flavor: "cpu-on-demand" },
    { rule: "without the rule", without: fungibility({ whenCanPreempt: "MayStopSearch" }), flavor: "cpu-spot" },
  ])("goes on-demand before it evicts another: $rule $flavor", async ({ without, flavor }) => {
    const { a } = await cluster.teams(one, without);
    await cluster.admitted(await cluster.run(a, { cpu: 2, priority: "low" }));
    expect(await cluster.admitted(await cluster.run(a, { cpu: 2, priority: "critical" }))).toBe(flavor);
  });
});

describe("latency_critical work", () => {
  it.each([
    { qos: "latency_critical", flavor: "cpu-on-demand", second: "waits though spot is free" },
    { qos: "spot_ok", flavor: "cpu-spot", second: "runs" },
  ] as const)("is never on spot: $qos is on $flavor, and a second job $second", async ({ qos, flavor }) => {
    const { a } = await cluster.teams({ a: { quota: { cpu_spot: quota(4), cpu: quota(2) } } });
    const job = await cluster.run(a, { cpu: 2, qos });
    expect(await cluster.admitted(job)).toBe(flavor);
    expect(await cluster.running(job)).toMatch(flavor === "cpu-spot" ? /^cpu-spot-/ : /^cpu-\d/);
    const next = await cluster.run(a, { cpu: 2, qos });
    if (qos === "spot_ok") expect(await cluster.admitted(next)).toBe("cpu-spot");
    else expect(await cluster.heldBack(next)).toMatch(/cpu-on-demand/);
  });
});
