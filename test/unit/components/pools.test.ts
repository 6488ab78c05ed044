import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ACCELERATOR_LABEL,
  CAPACITY_LABEL,
  GPU_RESOURCE,
  GPU_TAINT,
  POOL_LABEL,
  SPOT_TAINT,
  ZONE_LABEL,
} from "../../../components/cluster/constants.ts";
import { planNodeGroups, planPriorities, shareOf } from "../../../components/cluster/node-groups.ts";
import { allocatable, LOCAL_ZONES, POOLS, planLocalNodes, poolTolerations } from "../../../components/cluster/pools.ts";
import { findClusterProblems } from "../../../components/cluster/problems.ts";

const named = (name: string) => {
  const pool = POOLS.find((candidate) => candidate.name === name);
  if (pool === undefined) throw new Error(`no pool ${name}`);
  return pool;
};

describe("what a pod may ask for", () => {
  test("an m6i.8xlarge keeps 150 millicores and a tenth of its memory for itself", () => {
    expect(allocatable(named("cpu").shape)).toEqual({ cpuMillis: 31_850, memoryGi: 115, gpu: 0, pods: 234 });
  });

  test("no shape gives more than it has, and none keeps more than a fifth", () => {
    for (const { shape } of POOLS) {
      const free = allocatable(shape);
      expect(free.cpuMillis).toBeLessThan(shape.cpu * 1000);
      expect(free.cpuMillis).toBeGreaterThan(shape.cpu * 800);
      expect(free.memoryGi).toBeLessThan(shape.memory);
      expect(free.memoryGi).toBeGreaterThan(shape.memory * 0.8);
    }
  });
});

describe("simulated nodes", () => {
  const nodes = planLocalNodes({ cpu: 3, cpu_spot: 3, gpu: 3, gpu_spot: 3, gpu_slices: 3, system: 0 });

  test("each pool has as many as asked for, spread over all zones", () => {
    expect(nodes).toHaveLength(15);
    for (const pool of ["cpu", "cpu_spot", "gpu", "gpu_spot", "gpu_slices"]) {
      const zones = nodes.filter((node) => node.pool === pool).map((node) => node.labels[ZONE_LABEL]);
      expect(new Set(zones)).toEqual(new Set(LOCAL_ZONES));
    }
  });

  test("spot and GPU nodes repel what did not ask for them", () => {
    const taints = Object.fromEntries(nodes.map((node) => [node.pool, node.taints]));
    expect(taints).toEqual({
      cpu: [],
      cpu_spot: [SPOT_TAINT],
      gpu: [GPU_TAINT],
      gpu_spot: [SPOT_TAINT, GPU_TAINT],
      gpu_slices: [GPU_TAINT],
    });
  });

  test("a pool's tolerations let a pod past all of its taints", () => {
    for (const node of nodes) {
      const tolerated = poolTolerations(named(node.pool)).map(({ key, value, effect }) => ({ key, value, effect }));
      expect(tolerated).toEqual(node.taints);
    }
  });

  test("only GPU nodes offer GPUs, whole or cut", () => {
    const devices = Object.fromEntries(
      nodes.map(({ pool, allocatable }) => [
        pool,
        Object.entries(allocatable).filter(([resource]) => resource.startsWith("nvidia.com/")),
      ]),
    );
    expect(devices).toEqual({
      cpu: [],
      cpu_spot: [],
      gpu: [[GPU_RESOURCE, "4"]],
      gpu_spot: [[GPU_RESOURCE, "4"]],
      gpu_slices: [["nvidia.com/mig-1g.10gb", "56"]],
    });
  });

  test("no two nodes share a name", () => {
    expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
  });
});

describe("node groups", () => {
  const sizes = {
    cpu: { min: 4, max: 7 },
    cpu_spot: { min: 0, max: 9 },
    gpu: { min: 0, max: 2 },
    gpu_spot: { min: 0, max: 3 },
    gpu_slices: { min: 0, max: 2 },
    system: { min: 3, max: 3 },
  };
  const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
  const groups = planNodeGroups("orch-test", sizes, zones);

  test("a pool's nodes are shared out over the zones and none is lost", () => {
    for (const pool of POOLS) {
      const own = groups.filter(({ name }) => name.startsWith(`${pool.name.replace("_", "-")}-us-east-1`));
      expect(own.reduce((sum, group) => sum + group.max, 0)).toBe(sizes[pool.name].max);
      expect(own.reduce((sum, group) => sum + group.min, 0)).toBe(sizes[pool.name].min);
    }
  });

  test("GPU spot has a substitute beside it, labelled as what it is, empty until it is needed", () => {
    const substitutes = groups.filter(({ instanceTypes }) => instanceTypes.includes("g6.12xlarge"));
    expect(substitutes.map(({ name }) => name)).toEqual(zones.map((zone) => `gpu-spot-l4-${zone}`));
    for (const { labels, autoscalerTags, min, max } of substitutes) {
      expect(labels[ACCELERATOR_LABEL]).toBe("nvidia-l4");
      expect(autoscalerTags[`k8s.io/cluster-autoscaler/node-template/label/${ACCELERATOR_LABEL}`]).toBe("nvidia-l4");
      expect({ min, max }).toEqual({ min: 0, max: 1 });
    }
    const first = groups.find(({ name }) => name === "gpu-spot-us-east-1a");
    expect(first?.instanceTypes).toEqual(["g5.12xlarge"]);
    expect(first?.labels[ACCELERATOR_LABEL]).toBe("nvidia-a10g");
  });

  test("the autoscaler tries spot, then its substitute, then on-demand", () => {
    const priorities = Object.entries(planPriorities()).map(([priority, patterns]) => ({
      priority: Number(priority),
      patterns: patterns.map((pattern) => new RegExp(pattern)),
    }));
    const priorityOf = (group: string) =>
      Math.max(
        ...priorities
          .filter(({ patterns }) => patterns.some((pattern) => pattern.test(`eks-${group}-20261123-8cc1-4f2a`)))
          .map(({ priority }) => priority),
      );
    const byPriority = Object.groupBy(groups, ({ name }) => String(priorityOf(name)));
    const poolsAt = (priority: number) => [
      ...new Set(byPriority[priority]?.map(({ name }) => name.replace(/-us-east-1.$/, ""))),
    ];
    expect(poolsAt(30)).toEqual(["cpu-spot", "gpu-spot"]);
    expect(poolsAt(20)).toEqual(["gpu-spot-l4"]);
    expect(poolsAt(10)).toEqual(["cpu", "gpu", "gpu-slices", "system"]);
  });

  test("warm machines are for on-demand pools, and no more than the pool may have", () => {
    const warm = { ...sizes, cpu: { min: 0, max: 6, warm: { min: 1 } } };
    expect(planNodeGroups("orch-test", warm, zones).filter((group) => group.warm !== undefined)).toHaveLength(3);
    expect(findClusterProblems({ pools: warm, zones })).toEqual([]);
    const wrong = {
      ...sizes,
      cpu_spot: { min: 0, max: 6, warm: { min: 1 } },
      gpu: { min: 0, max: 2, warm: { min: 3 } },
    };
    expect(findClusterProblems({ pools: wrong })).toEqual([
      {
        path: ["pools", "cpu_spot", "warm"],
        reason: "spot machines cannot be kept warm: Auto Scaling allows on-demand only",
      },
      { path: ["pools", "gpu", "warm"], reason: "3 warm machines are more than the 2 nodes of a zone" },
    ]);
  });

  test("a zone that would get no node gets no group", () => {
    expect(groups.filter((group) => group.pool.name === "gpu").map((group) => group.zone)).toEqual(zones.slice(0, 2));
  });

  test("the autoscaler can read labels, taints and GPUs of a group that has no node yet", () => {
    const group = groups.find(({ name }) => name === "gpu-spot-us-east-1a");
    const template = "k8s.io/cluster-autoscaler/node-template";
    expect(group?.autoscalerTags).toMatchObject({
      "k8s.io/cluster-autoscaler/enabled": "true",
      "k8s.io/cluster-autoscaler/orch-test": "owned",
      [`${template}/label/${POOL_LABEL}`]: "gpu_spot",
      [`${template}/label/${CAPACITY_LABEL}`]: "spot",
      [`${template}/taint/orch.dev/spot`]: "true:NoSchedule",
      [`${template}/taint/nvidia.com/gpu`]: "present:NoSchedule",
      [`${template}/resources/nvidia.com/gpu`]: "4",
    });
  });

  test("a group of cut GPUs offers its slices and no whole GPU, under no label by which the autoscaler would wait for one", () => {
    const group = groups.find(({ pool }) => pool.name === "gpu_slices");
    const template = "k8s.io/cluster-autoscaler/node-template";
    expect(group).toMatchObject({ amiType: "AL2023_x86_64_NVIDIA", taints: [GPU_TAINT] });
    expect(group?.labels).toMatchObject({ "orch.dev/class": "gpu-slice", "nvidia.com/mig.config": "all-1g.10gb" });
    expect(Object.keys(group?.labels ?? {})).not.toContain(ACCELERATOR_LABEL);
    expect(group?.autoscalerTags).toMatchObject({
      [`${template}/label/nvidia.com/mig.config`]: "all-1g.10gb",
      [`${template}/resources/nvidia.com/mig-1g.10gb`]: "56",
      [`${template}/resources/nvidia.com/gpu`]: "0",
    });
  });

  test("an environment without slices has no group of them", () => {
    const { gpu_slices: _, ...whole } = sizes;
    const slices = ({ pool }: (typeof groups)[number]) => pool.name === "gpu_slices";
    expect(groups.some(slices)).toBe(true);
    expect(planNodeGroups("orch-test", whole, zones)).toEqual(groups.filter((group) => !slices(group)));
  });

  test("shares differ by one at most and add up", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 6 }), (nodes, parts) => {
        const shares = [...Array(parts).keys()].map((index) => shareOf(nodes, parts, index));
        expect(shares.reduce((a, b) => a + b, 0)).toBe(nodes);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
