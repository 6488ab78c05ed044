/** A graph over node indices in compressed rows: successors of `v` are `targets[offsets[v] .. offsets[v + 1]]`. */
export interface Topology {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  /** Index into the edge list each target came from. */
  readonly edges: Int32Array;
  /** Predecessors of `v`: `sources[sourceOffsets[v] .. sourceOffsets[v + 1]]`. */
  readonly sourceOffsets: Int32Array;
  readonly sources: Int32Array;
  /** Nodes so that every edge goes forward; those on or after a cycle are left out. */
  readonly order: Int32Array;
  /** Place of each node in `order`, or -1. */
  readonly rank: Int32Array;
}

/** Edge ends are node indices; an edge with an end below 0 is skipped. */
export function buildTopology(size: number, from: Int32Array, to: Int32Array): Topology {
  const offsets = new Int32Array(size + 1);
  const waiting = new Int32Array(size);
  let count = 0;
  for (let e = 0; e < from.length; e++) {
    const a = from[e] as number;
    const b = to[e] as number;
    if (a < 0 || b < 0) continue;
    offsets[a + 1] = (offsets[a + 1] as number) + 1;
    waiting[b] = (waiting[b] as number) + 1;
    count++;
  }
  for (let v = 0; v < size; v++) offsets[v + 1] = (offsets[v + 1] as number) + (offsets[v] as number);
  const sourceOffsets = new Int32Array(size + 1);
  for (let v = 0; v < size; v++) sourceOffsets[v + 1] = (sourceOffsets[v] as number) + (waiting[v] as number);
  const sources = new Int32Array(count);
  const nextSource = sourceOffsets.slice(0, size);
  const targets = new Int32Array(count);
  const edges = new Int32Array(count);
  const next = offsets.slice(0, size);
  for (let e = 0; e < from.length; e++) {
    const a = from[e] as number;
    const b = to[e] as number;
    if (a < 0 || b < 0) continue;
    const slot = next[a] as number;
    next[a] = slot + 1;
    targets[slot] = b;
    edges[slot] = e;
    const sourceSlot = nextSource[b] as number;
    nextSource[b] = sourceSlot + 1;
    sources[sourceSlot] = a;
  }
  const order = inOrder(waiting, offsets, targets);
  const rank = new Int32Array(size).fill(-1);
  for (let at = 0; at < order.length; at++) rank[order[at] as number] = at;
  return { size, offsets, targets, edges, sourceOffsets, sources, order, rank };
}

/**
 * Nodes so that each comes before its `targets`; those on or after a cycle are left out.
 * @param waiting how many nodes have each as a target; used up
 */
export function inOrder(waiting: Int32Array, offsets: Int32Array, targets: Int32Array): Int32Array {
  const size = waiting.length;
  const queue = new Int32Array(size);
  let tail = 0;
  for (let v = 0; v < size; v++) if (waiting[v] === 0) queue[tail++] = v;
  for (let head = 0; head < tail; head++) {
    const v = queue[head] as number;
    for (let i = offsets[v] as number; i < (offsets[v + 1] as number); i++) {
      const w = targets[i] as number;
      waiting[w] = (waiting[w] as number) - 1;
      if (waiting[w] === 0) queue[tail++] = w;
    }
  }
  return queue.slice(0, tail);
}

/** One cycle, as node indices in order, for every knot of nodes that reach each other; the shortest through the knot's first node. */
export function findCycles(graph: Topology): number[][] {
  if (graph.order.length === graph.size) return [];
  const component = strongComponents(graph);
  const seen = new Set<number>();
  const cycles: number[][] = [];
  const sizes = new Map<number, number>();
  for (let v = 0; v < graph.size; v++) {
    const c = component[v] as number;
    if (c >= 0) sizes.set(c, (sizes.get(c) ?? 0) + 1);
  }
  for (let v = 0; v < graph.size; v++) {
    const c = component[v] as number;
    if (c < 0 || seen.has(c) || (sizes.get(c) ?? 0) < 2) continue;
    seen.add(c);
    cycles.push(shortestCycle(graph, v, component));
  }
  return cycles;
}

function shortestCycle(graph: Topology, start: number, component: Int32Array): number[] {
  const parent = new Map<number, number>([[start, -1]]);
  const queue = [start];
  for (let head = 0; head < queue.length; head++) {
    const v = queue[head] as number;
    for (let i = graph.offsets[v] as number; i < (graph.offsets[v + 1] as number); i++) {
      const w = graph.targets[i] as number;
      if (w === start) {
        const path: number[] = [];
        for (let at = v; at !== -1; at = parent.get(at) ?? -1) path.push(at);
        return path.reverse();
      }
      if (component[w] !== component[start] || parent.has(w)) continue;
      parent.set(w, v);
      queue.push(w);
    }
  }
  return [start];
}

/** Tarjan's algorithm with a stack of its own, over the nodes that have no rank; -1 for the others. */
function strongComponents(graph: Topology): Int32Array {
  const component = new Int32Array(graph.size).fill(-1);
  const index = new Int32Array(graph.size).fill(-1);
  const low = new Int32Array(graph.size);
  const cursor = new Int32Array(graph.size);
  const onStack = new Uint8Array(graph.size);
  const stack: number[] = [];
  const calls: number[] = [];
  let counter = 0;
  let components = 0;
  const enter = (v: number): void => {
    index[v] = low[v] = counter++;
    cursor[v] = graph.offsets[v] as number;
    stack.push(v);
    onStack[v] = 1;
    calls.push(v);
  };
  for (let root = 0; root < graph.size; root++) {
    if (graph.rank[root] !== -1 || index[root] !== -1) continue;
    enter(root);
    while (calls.length > 0) {
      const v = calls.at(-1) as number;
      const i = cursor[v] as number;
      if (i < (graph.offsets[v + 1] as number)) {
        cursor[v] = i + 1;
        const w = graph.targets[i] as number;
        if (index[w] === -1) enter(w);
        else if (onStack[w] === 1) low[v] = Math.min(low[v] as number, index[w] as number);
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) low[caller] = Math.min(low[caller] as number, low[v] as number);
      if (low[v] !== index[v]) continue;
      for (let w = stack.pop(); w !== undefined; w = stack.pop()) {
        onStack[w] = 0;
        component[w] = components;
        if (w === v) break;
      }
      components++;
    }
  }
  return component;
}
