import type { V1Node } from "@kubernetes/client-node";

/** Marks what no machine stands behind; KWOK manages exactly the nodes with it. */
export const SIMULATED_LABEL = "orch.dev/simulated";

/** A node as a cloud would register it. `planLocalNodes` of the cluster components makes them for every pool. */
export interface SimulatedNode {
  readonly name: string;
  /** Pool, zone, capacity type and whatever else pods select on. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly {
    readonly key: string;
    readonly value: string;
    readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  }[];
  /** Quantities as Kubernetes writes them. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

export function nodeManifest(node: SimulatedNode): V1Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: {
        ...node.labels,
        "eks.amazonaws.com/nodegroup": node.labels["orch.dev/pool"]?.replaceAll("_", "-") ?? node.name,
        [SIMULATED_LABEL]: "true",
      },
    },
    spec: { providerID: `orch-local:///${node.name}`, taints: node.taints.map((taint) => ({ ...taint })) },
    status: { capacity: { ...node.capacity }, allocatable: { ...node.allocatable } },
  };
}
