import { topologyOf } from "../spec/graph/known.ts";
import { buildTopology, inOrder, type Topology } from "../spec/graph/topology.ts";
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
export const graphOf = (dag: Dag): Graph => byPredecessors(topologyOf(dag));

export function byPredecessors({ size, offsets: after, sourceOffsets: offsets, sources }: Topology): Graph {
  const before = sources.slice();
  const successors = new Int32Array(size);
  for (let v = 0; v < size; v++) {
    successors[v] = (after[v + 1] as number) - (after[v] as number);
    ascending(before, offsets[v] as number, offsets[v + 1] as number);
  }
  // Reversed, successors are predecessors, and the last come first.
  return { size, offsets, before, order: inOrder(successors, offsets, sources).reverse() };
}

/** Nearly always it is so already: sorting asks for a view of its own. */
function ascending(values: Int32Array, start: number, end: number): void {
  for (let i = start + 1; i < end; i++) {
    if ((values[i - 1] as number) <= (values[i] as number)) continue;
    values.subarray(start, end).sort();
    return;
  }
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
  return byPredecessors(buildTopology(nodes.length, Int32Array.from(from), Int32Array.from(to)));
}
