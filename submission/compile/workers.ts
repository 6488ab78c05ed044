import type { DagNode, FlinkJob } from "../spec/index.ts";
import { cpuMillis } from "../spec/values/quantity.ts";

/** The pods of a node that share its work. */
export interface Workers {
  /** As many as there may be at once. */
  readonly most: number;
  /** What the kind calls several of them. */
  readonly name: string;
}

export function workersOf(node: DagNode): Workers {
  switch (node.kind) {
    case "ray_job":
      return { most: node.maxWorkers, name: "workers" };
    case "flink_job":
      return { most: Math.ceil(node.parallelism / slotsOf(node)), name: "task managers" };
    default:
      return { most: 1, name: "pods" };
  }
}

/** Tasks that one of Flink's task managers takes: one for each whole core. */
export const slotsOf = ({ resources }: FlinkJob): number => Math.max(1, Math.floor(cpuMillis(resources.cpu) / 1000));
