import type { Graph } from "./graph.ts";

/** Nodes whose ancestors are counted; more would say nothing new. */
const SAMPLE = 64;

/**
 * Sum over all nodes of the square of the number of ancestors: what Argo's validation costs, in steps of its own. Exact for small DAGs,
 * else from an even sample of the topological order.
 */
export function ancestrySquares(graph: Graph): number {
  const { order, size } = graph;
  const step = Math.max(1, Math.floor(size / SAMPLE));
  const seen = new Int32Array(size).fill(-1);
  const stack = new Int32Array(size);
  let sum = 0;
  let counted = 0;
  for (let at = size - 1; at >= 0; at -= step) {
    sum += countAncestors(order[at] as number, graph, seen, stack) ** 2;
    counted++;
  }
  return counted === 0 ? 0 : (sum / counted) * size;
}

function countAncestors(node: number, { offsets, before }: Graph, seen: Int32Array, stack: Int32Array): number {
  let count = 0;
  let top = 0;
  seen[node] = node;
  stack[top++] = node;
  while (top > 0) {
    const v = stack[--top] as number;
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      const p = before[e] as number;
      if (seen[p] === node) continue;
      seen[p] = node;
      stack[top++] = p;
      count++;
    }
  }
  return count;
}
