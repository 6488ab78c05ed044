import type { Graph } from "./graph.ts";

/**
 * Argo validates and runs a task at a cost that grows with the square of its ancestors in the same DAG template. A DAG may be cut into
 * templates one after the other exactly where that changes no node's start: at a barrier, where every node after it waits, directly or
 * not, for every node before it. Nothing else is ever cut.
 */

/** Node indices of one stretch between two barriers; stretches of a chain run one after the other, chains side by side. */
export type Stretch = readonly number[];
export type Chain = readonly Stretch[];

/** Nodes a stretch collects before it is closed at the next barrier: short enough to be cheap, long enough to be few. */
const STRETCH = 128;
const NEVER = 2 ** 31 - 1;

/**
 * The DAG as chains of stretches. Each weakly connected part is a chain of its own; a part without barriers is a chain of one stretch.
 * Linear in nodes and edges.
 */
export function chainsOf(graph: Graph, stretch: number = STRETCH): readonly Chain[] {
  const levels = levelsOf(graph);
  const waitedFrom = firstSuccessorLevel(graph, levels);
  return partsOf(graph).map((nodes) => cut(nodes, graph, levels, waitedFrom, stretch));
}

/** Longest path to each node, in edges. */
function levelsOf({ size, offsets, before, order }: Graph): Int32Array {
  const levels = new Int32Array(size);
  for (let at = 0; at < size; at++) {
    const v = order[at] as number;
    let level = 0;
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      level = Math.max(level, (levels[before[e] as number] as number) + 1);
    }
    levels[v] = level;
  }
  return levels;
}

/** Lowest level of a node's successors; `NEVER` where nothing waits for it. */
function firstSuccessorLevel({ size, offsets, before }: Graph, levels: Int32Array): Int32Array {
  const first = new Int32Array(size).fill(NEVER);
  for (let v = 0; v < size; v++) {
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      const p = before[e] as number;
      first[p] = Math.min(first[p] as number, levels[v] as number);
    }
  }
  return first;
}

/**
 * A barrier can only lie between two levels. The ends below level k are the nodes below it that no other below it waits for; k is a
 * barrier when each node of level k waits for all of them. (Whatever else is above k waits for some node of level k.)
 */
function cut(nodes: readonly number[], graph: Graph, levels: Int32Array, waitedFrom: Int32Array, least: number): Chain {
  const { offsets, before } = graph;
  let depth = 0;
  // Loops by index, for the same reason as in `container-template.ts`.
  for (let i = 0; i < nodes.length; i++) depth = Math.max(depth, levels[nodes[i] as number] as number);
  const ends = new Int32Array(depth + 2);
  const change = (level: number, by: number) => {
    if (level <= depth) ends[level] = (ends[level] as number) + by;
  };
  for (let i = 0; i < nodes.length; i++) {
    const v = nodes[i] as number;
    change((levels[v] as number) + 1, 1);
    if (waitedFrom[v] !== NEVER) change((waitedFrom[v] as number) + 1, -1);
  }
  for (let k = 1; k <= depth; k++) change(k, ends[k - 1] as number);
  const open = new Uint8Array(depth + 1);
  for (let i = 0; i < nodes.length; i++) {
    const v = nodes[i] as number;
    const level = levels[v] as number;
    let met = 0;
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      if (waitedFrom[before[e] as number] === level) met++;
    }
    if (met !== ends[level]) open[level] = 1;
  }
  if (open.indexOf(0, 1) < 0) return [nodes];
  const byLevel: number[][] = Array.from({ length: depth + 1 }, () => []);
  for (const v of nodes) (byLevel[levels[v] as number] as number[]).push(v);
  const chain: number[][] = [[]];
  for (let k = 0; k <= depth; k++) {
    if (k > 0 && open[k] === 0 && (chain.at(-1) as number[]).length >= least) chain.push([]);
    (chain.at(-1) as number[]).push(...(byLevel[k] as number[]));
  }
  return chain.map((stretch) => stretch.sort((a, b) => a - b));
}

/** The weakly connected parts. */
function partsOf({ size, offsets, before }: Graph): readonly (readonly number[])[] {
  const root = new Int32Array(size);
  for (let v = 0; v < size; v++) root[v] = v;
  const find = (v: number): number => {
    let at = v;
    while (root[at] !== at) {
      root[at] = root[root[at] as number] as number;
      at = root[at] as number;
    }
    return at;
  };
  let connections = 0;
  for (let v = 0; v < size; v++) {
    for (let e = offsets[v] as number; e < (offsets[v + 1] as number); e++) {
      const a = find(before[e] as number);
      const b = find(v);
      if (a !== b) connections++;
      root[a] = b;
    }
  }
  if (connections === size - 1) return [Array.from({ length: size }, (_, v) => v)];
  const parts = new Map<number, number[]>();
  for (let v = 0; v < size; v++) {
    const representative = find(v);
    const part = parts.get(representative);
    if (part === undefined) parts.set(representative, [v]);
    else part.push(v);
  }
  return [...parts.values()];
}
