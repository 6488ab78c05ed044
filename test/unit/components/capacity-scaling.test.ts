import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { KUBERNETES_MINORS } from "../../../components/cluster/add-ons.ts";
import { planBalloon } from "../../../components/cluster/balloons.ts";
import { planAutoscalerValues } from "../../../components/cluster/cluster-autoscaler.ts";
import { BALLOON_PRIORITY } from "../../../components/cluster/constants.ts";
import { PACK_NODES, planEndpoints } from "../../../components/cluster/control-plane.ts";
import { planDevicePluginValues } from "../../../components/cluster/device-plugin.ts";
import { type NodePool, POOLS } from "../../../components/cluster/pools.ts";
import { findClusterProblems, missingEndpoints, refuseProblems } from "../../../components/cluster/problems.ts";
import { CHARTS } from "../../../components/system/charts.ts";
import { PRIORITY_CLASSES } from "../../../components/workflow/priorities.ts";

const pool = (name: string): NodePool => {
  const found = POOLS.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no pool ${name}`);
  return found;
};

describe("the autoscaler", () => {
  const values = planAutoscalerValues({ clusterName: "orch-prod", region: "us-east-1", availability: "high" });

  test("runs twice where it must not fail, once where it may", () => {
    expect(values.replicaCount).toBe(2);
    expect(planAutoscalerValues({ clusterName: "c", region: "r", availability: "single" }).replicaCount).toBe(1);
  });

  test("reads its priorities, spot highest, from what the chart is given as text", () => {
    const priorities: Record<string, string[]> = parse(values.expanderPriorities);
    expect(values.extraArgs.expander.split(",")[0]).toBe("priority");
    const highest = Math.max(...Object.keys(priorities).map(Number));
    expect(priorities[highest]?.every((pattern) => pattern.includes("-spot-"))).toBe(true);
    expect(priorities["10"]).toEqual([".*"]);
  });

  test("is made for a version that clusters are made at", () => {
    const minor = CHARTS.clusterAutoscaler.appVersion.replace(/\.\d+$/, "");
    expect(KUBERNETES_MINORS).toContain(minor);
    expect(values.image.tag).toBe(`v${CHARTS.clusterAutoscaler.appVersion}`);
  });

  test("adds nodes for balloons, which are below every job", () => {
    expect(values.extraArgs["expendable-pods-priority-cutoff"]).toBeLessThanOrEqual(BALLOON_PRIORITY);
    for (const { placement } of Object.values(PRIORITY_CLASSES)) expect(placement).toBeGreaterThan(BALLOON_PRIORITY);
  });

  test("what a DAG gets when it says nothing takes a balloon's room and no backfill's", () => {
    const { low, normal, high } = PRIORITY_CLASSES;
    expect(normal.placement).toBe(low.placement);
    expect(normal.value).toBeGreaterThan(low.value);
    expect(high.placement).toBeGreaterThan(normal.placement);
  });
});

describe("a balloon", () => {
  const spec = planBalloon(pool("gpu_spot"), { pods: 2, cpu: 8, memory: 32.5, gpu: 1 });
  const pod = spec.template.spec;

  test("lies in its pool and nowhere else, and takes what it keeps free", () => {
    expect(pod.nodeSelector).toEqual({ "orch.dev/pool": "gpu_spot" });
    expect(pod.tolerations.map(({ key }) => key)).toEqual(["orch.dev/spot", "nvidia.com/gpu"]);
    expect(pod.containers[0]?.resources.requests).toEqual({ cpu: "8000m", memory: "33280Mi", "nvidia.com/gpu": "1" });
  });

  test("is gone the moment it is told to", () => {
    expect(pod.terminationGracePeriodSeconds).toBe(0);
  });
});

describe("GPU nodes", () => {
  test("the device plugin runs on all of them, spot too", () => {
    const { affinity, tolerations } = planDevicePluginValues();
    const [term] = affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms;
    expect(term?.matchExpressions).toEqual([{ key: "orch.dev/class", operator: "In", values: ["gpu", "gpu-slice"] }]);
    expect(tolerations.map(({ key }) => key).sort()).toEqual(["nvidia.com/gpu", "orch.dev/spot"]);
  });

  test("the device plugin offers slices of GPUs under names of their own, beside whole ones", () => {
    expect(planDevicePluginValues().migStrategy).toBe("mixed");
  });

  test("a GPU, or a slice of one, weighs most when the scheduler fills nodes up", () => {
    const { type, resources } = PACK_NODES.nodeResourcesFit.scoringStrategy;
    expect(type).toBe("MostAllocated");
    const heaviest = Math.max(...resources.map(({ weight }) => weight));
    expect(resources.filter(({ weight }) => weight === heaviest).map(({ name }) => name)).toEqual([
      "nvidia.com/gpu",
      "nvidia.com/mig-1g.10gb",
    ]);
  });
});

describe("the way to the API server", () => {
  test("a runner in the network: no public endpoint", () => {
    expect(planEndpoints({ from: "vpc-runner" })).toEqual({ endpointPrivateAccess: true, endpointPublicAccess: false });
  });

  test("an allow-list: a public endpoint for these addresses, and the private one as before", () => {
    expect(planEndpoints({ from: "allow-list", cidrs: ["203.0.113.0/24"] })).toEqual({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });
});

describe("a network without NAT", () => {
  test("needs what nodes join by; with NAT nothing is needed", () => {
    expect(missingEndpoints("none", ["ecr.api", "ecr.dkr", "ec2", "sts", "eks"])).toEqual(["eks-auth", "autoscaling"]);
    expect(missingEndpoints("single", [])).toEqual([]);
  });
});

describe("a cluster that cannot be", () => {
  const pools = {
    cpu: { min: 5, max: 4 },
    cpu_spot: { min: 0, max: 4 },
    gpu: { min: 0, max: 4 },
    gpu_spot: { min: 0, max: 4 },
    system: { min: 0, max: 4 },
  };

  test("is refused with all that is wrong with it, and where", () => {
    const problems = findClusterProblems({
      account: "1234",
      region: "us-gov-west-1",
      zones: ["us-east-1a"],
      vpcCidr: "172.20.0.0/24",
      nat: "none",
      endpoints: ["ecr.api", "ecr.api"],
      admins: [],
      access: { from: "allow-list", cidrs: ["192.168.1.0/24"] },
      pools,
    });
    expect(problems.map(({ path }) => path.join("."))).toEqual([
      "account",
      "zones",
      "vpcCidr",
      "admins",
      "pools.cpu",
      "region",
      "endpoints",
      "endpoints",
      "vpcCidr",
      "access.cidrs",
      "pools.system",
    ]);
    expect(() => refuseProblems("orch-dev", problems)).toThrow(
      "Cluster orch-dev cannot be made:\n  account  1234 is not 12 digits\n  zones  must name at least two zones",
    );
  });

  test("who says nothing wrong is not refused", () => {
    const fine = { ...pools, cpu: { min: 0, max: 4 }, system: { min: 1, max: 4 } };
    expect(findClusterProblems({ pools: fine, nat: "single", access: { from: "vpc-runner" } })).toEqual([]);
  });
});
