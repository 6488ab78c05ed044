import type { Topology } from "./topology.ts";

/** Is `ancestor[i]` an ancestor of `node[i]`? Queries of one node stand together. */
export interface AncestryQueries {
  readonly ancestor: ArrayLike<number>;
  readonly node: ArrayLike<number>;
}

const WORD = 32;

/**
 * Answers all queries together. Ancestors are taken 32 at a time in topological order, one bit each, and their bits are carried
 * forward over the part of the order between the first of them and the last node that asks: near-linear where producers are near
 * their consumers, and never more than (distinct ancestors / 32) passes over the graph. Nodes on or after a cycle have no
 * order: what is asked about them counts as true, since the cycle is reported already.
 */
export function answerAncestry(graph: Topology, queries: AncestryQueries): boolean[] {
  const { rank, order, offsets, targets, sources, sourceOffsets } = graph;
  const answers: boolean[] = new Array(queries.node.length).fill(true);
  const byAncestor = new Map<number, number[]>();
  // Most inputs come from a direct predecessor: settle those by marking the predecessors of each node that asks.
  const predecessorOf = new Int32Array(graph.size).fill(-1);
  let marked = -1;
  for (let q = 0; q < queries.node.length; q++) {
    const a = queries.ancestor[q] as number;
    const v = queries.node[q] as number;
    if ((rank[a] as number) < 0 || (rank[v] as number) < 0) continue;
    if (marked !== v) {
      for (let i = sourceOffsets[v] as number; i < (sourceOffsets[v + 1] as number); i++) {
        predecessorOf[sources[i] as number] = v;
      }
      marked = v;
    }
    if (predecessorOf[a] === v) continue;
    if ((rank[a] as number) >= (rank[v] as number)) {
      answers[q] = false;
      continue;
    }
    const asked = byAncestor.get(a);
    if (asked === undefined) byAncestor.set(a, [q]);
    else asked.push(q);
  }
  if (byAncestor.size === 0) return answers;
  const ancestors = [...byAncestor.keys()].sort((a, b) => (rank[a] as number) - (rank[b] as number));
  const reached = new Int32Array(graph.size);
  for (let start = 0; start < ancestors.length; start += WORD) {
    const block = ancestors.slice(start, start + WORD);
    const first = rank[block[0] as number] as number;
    let last = first;
    for (const a of block) {
      for (const q of byAncestor.get(a) ?? []) last = Math.max(last, rank[queries.node[q] as number] as number);
    }
    block.forEach((a, bit) => {
      reached[a] = (reached[a] as number) | (1 << bit);
    });
    for (let at = first; at < last; at++) {
      const v = order[at] as number;
      const bits = reached[v] as number;
      if (bits === 0) continue;
      for (let i = offsets[v] as number; i < (offsets[v + 1] as number); i++) {
        const w = targets[i] as number;
        reached[w] = (reached[w] as number) | bits;
      }
    }
    block.forEach((a, bit) => {
      for (const q of byAncestor.get(a) ?? []) {
        answers[q] = ((reached[queries.node[q] as number] as number) & (1 << bit)) !== 0;
      }
    });
    // Bits can lie beyond `last`: clear everything that could have been touched.
    reached.fill(0);
  }
  return answers;
}
