import { expect, test } from "vitest";
import { planLocalNodes } from "../../../components/cluster/pools.ts";
import { nodeManifest, SIMULATED_LABEL } from "../../../local/cluster/nodes/node-manifest.ts";

const planned = planLocalNodes();
const nodes = planned.map(nodeManifest);

function nodesOf(pool: string) {
  return nodes.filter((node) => node.metadata?.labels?.["orch.dev/pool"] === pool);
}

test("every node says that it is simulated, and has a name of its own", () => {
  for (const node of nodes) expect(node.metadata?.labels?.[SIMULATED_LABEL]).toBe("true");
  expect(new Set(nodes.map((node) => node.metadata?.name)).size).toBe(planned.length);
});

test("a spot node carries EKS's capacity type and node group, and keeps out what does not tolerate spot", () => {
  expect(nodesOf("cpu_spot").length).toBeGreaterThan(0);
  for (const node of nodesOf("cpu_spot")) {
    expect(node.metadata?.labels).toMatchObject({
      "eks.amazonaws.com/capacityType": "SPOT",
      "eks.amazonaws.com/nodegroup": "cpu-spot",
      "orch.dev/capacity": "spot",
      "orch.dev/class": "cpu",
    });
    expect(node.spec?.taints).toEqual([{ key: "orch.dev/spot", value: "true", effect: "NoSchedule" }]);
  }
});

test("a GPU node has GPUs, their label, and keeps out what asks for none", () => {
  expect(nodesOf("gpu").length).toBeGreaterThan(0);
  for (const node of nodesOf("gpu")) {
    expect(node.status?.allocatable?.["nvidia.com/gpu"]).toBe("4");
    expect(node.metadata?.labels?.["k8s.amazonaws.com/accelerator"]).toBe("nvidia-a10g");
    expect(node.spec?.taints).toEqual([{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }]);
  }
});

test("what a node can give is less than what it is", () => {
  for (const node of nodesOf("cpu")) {
    expect(node.status?.capacity?.cpu).toBe("32");
    expect(Number.parseInt(node.status?.allocatable?.cpu ?? "", 10)).toBeLessThan(32_000);
  }
});
