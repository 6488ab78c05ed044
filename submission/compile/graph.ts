import { buildTopology } from "../spec/graph/topology.ts";
import type { Dag } from "../spec/index.ts";

/** A DAG over node indices, by predecessors: those of `v` are `before[offsets[v] .. offsets[v + 1]]`, ascending. */
export interface Graph {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly before: Int32Array;
  /** Every node after its predecessors. */
  readonly order: Int32Array;
}

/** The order of edges means nothing: two DAGs that differ in it alone have one graph. */
export function graphOf({ nodes, edges }: Pick<Dag, "nodes" | "edges">): Graph {
  const index = new Map<string, number>();
  for (let i = 0; i < nodes.length; i++) index.set((nodes[i] as { id: string }).id, i);
  const from = new Int32Array(edges.length);
  const to = new Int32Array(edges.length);
  for (let e = 0; e < edges.length; e++) {
    const edge = edges[e] as { from: string; to: string };
    const a = index.get(edge.from);
    const b = index.get(edge.to);
    if (a === undefined || b === undefined)
      throw new Error(`edge ${edge.from} -> ${edge.to}: the submission was not checked`);
    from[e] = a;
    to[e] = b;
  }
  return byPredecessors(nodes.length, from, to);
}

export function byPredecessors(size: number, from: Int32Array, to: Int32Array): Graph {
  // Reversed, successors are predecessors, and the last come first.
  const { offsets, targets, order } = buildTopology(size, to, from);
  for (let v = 0; v < size; v++) {
    const start = offsets[v] as number;
    const end = offsets[v + 1] as number;
    if (end - start > 1) targets.subarray(start, end).sort();
  }
  return { size, offsets, before: targets, order: order.reverse() };
}

/** The part of a graph that lies within some of its nodes; their indices are their places in the list. */
export function within(nodes: readonly number[], graph: Graph): Graph {
  const place = new Int32Array(graph.size).fill(-1);
  for (let i = 0; i < nodes.length; i++) place[nodes[i] as number] = i;
  const from: number[] = [];
  const to: number[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const v = nodes[i] as number;
    for (let e = graph.offsets[v] as number; e < (graph.offsets[v + 1] as number); e++) {
      const p = place[graph.before[e] as number] as number;
      if (p < 0) continue;
      from.push(p);
      to.push(i);
    }
  }
  return byPredecessors(nodes.length, Int32Array.from(from), Int32Array.from(to));
}
