import type { Findings } from "../findings.ts";
import { show } from "../findings.ts";
import { buildTopology, findCycles, type Topology } from "../graph/topology.ts";
import type { LooseEdge, LooseNode } from "../loose.ts";
import type { Edge } from "../model.ts";
import { didYouMean } from "../suggest.ts";

/** The nodes by id and the edges between them. */
export interface Graph {
  readonly indexOf: ReadonlyMap<string, number>;
  readonly topology: Topology;
  readonly edges: readonly Edge[];
}

/** Checks ids and edges: unknown ends, self edges, duplicates, cycles. */
export function checkGraph(nodes: readonly LooseNode[], edges: readonly LooseEdge[], findings: Findings): Graph {
  const indexOf = new Map<string, number>();
  nodes.forEach((node, i) => {
    if (node.id === undefined) return;
    const first = indexOf.get(node.id);
    if (first === undefined) indexOf.set(node.id, i);
    else {
      findings.add("dag/duplicate-id", ["nodes", i, "id"], `The id ${show(node.id)} is taken by nodes[${first}].`, {
        suggestion: "Give every node an id of its own.",
      });
    }
  });
  const plain = plainTopology(nodes.length, edges, indexOf);
  if (plain !== undefined) return { indexOf, topology: plain.topology, edges: plain.edges };
  const from = new Int32Array(edges.length).fill(-1);
  const to = new Int32Array(edges.length).fill(-1);
  const kept: Edge[] = [];
  const seen = new Map<number, number>();
  for (let e = 0; e < edges.length; e++) {
    const edge = edges[e] as LooseEdge;
    const a = edge.from === undefined ? undefined : indexOf.get(edge.from);
    const b = edge.to === undefined ? undefined : indexOf.get(edge.to);
    if (edge.from !== undefined && a === undefined) reportUnknown(edge.from, e, "from", indexOf, findings);
    if (edge.to !== undefined && b === undefined) reportUnknown(edge.to, e, "to", indexOf, findings);
    if (edge.from === undefined || edge.to === undefined) continue;
    if (edge.from === edge.to) {
      findings.add("dag/self-edge", ["edges", e], `The edge goes from ${show(edge.from)} to itself.`, {
        suggestion: "Remove it.",
      });
      continue;
    }
    if (a === undefined || b === undefined) continue;
    const key = a * nodes.length + b;
    const first = seen.get(key);
    if (first !== undefined) {
      findings.add(
        "dag/duplicate-edge",
        ["edges", e],
        `The edge ${edge.from} -> ${edge.to} is given already, by edges[${first}].`,
        {
          suggestion: "Keep one of the two.",
        },
      );
      continue;
    }
    seen.set(key, e);
    from[e] = a;
    to[e] = b;
    kept.push({ from: edge.from, to: edge.to });
  }
  const topology = buildTopology(nodes.length, from, to);
  for (const cycle of findCycles(topology)) reportCycle(cycle, nodes, topology, findings);
  return { indexOf, topology, edges: kept };
}

/** Of edges that nothing is wrong with, which nearly all are; undefined as soon as something is. */
function plainTopology(
  size: number,
  edges: readonly LooseEdge[],
  indexOf: ReadonlyMap<string, number>,
): { readonly topology: Topology; readonly edges: readonly Edge[] } | undefined {
  const from = new Int32Array(edges.length);
  const to = new Int32Array(edges.length);
  if (!edges.every(isWhole)) return undefined;
  for (let e = 0; e < edges.length; e++) {
    const edge = edges[e] as Edge;
    const a = indexOf.get(edge.from);
    const b = indexOf.get(edge.to);
    if (a === undefined || b === undefined || a === b) return undefined;
    from[e] = a;
    to[e] = b;
  }
  const topology = buildTopology(size, from, to);
  return topology.order.length < size || hasRepeats(topology) ? undefined : { topology, edges };
}

const isWhole = (edge: LooseEdge): edge is Edge => edge.from !== undefined && edge.to !== undefined;

/** Whether two edges have the same ends. */
function hasRepeats({ size, offsets, targets }: Topology): boolean {
  const seenFrom = new Int32Array(size).fill(-1);
  for (let v = 0; v < size; v++) {
    for (let i = offsets[v] as number; i < (offsets[v + 1] as number); i++) {
      const w = targets[i] as number;
      if (seenFrom[w] === v) return true;
      seenFrom[w] = v;
    }
  }
  return false;
}

function reportUnknown(
  id: string,
  edge: number,
  end: "from" | "to",
  indexOf: ReadonlyMap<string, number>,
  findings: Findings,
): void {
  findings.add("dag/unknown-node", ["edges", edge, end], `There is no node ${show(id)}.`, {
    suggestion: findings.areMany ? undefined : didYouMean(id, [...indexOf.keys()]),
  });
}

const MOST_NAMED = 20;

/** At the edge of the cycle that stands last in the document: the one that closed it. */
function reportCycle(
  cycle: readonly number[],
  nodes: readonly LooseNode[],
  topology: Topology,
  findings: Findings,
): void {
  let closing = -1;
  cycle.forEach((v, i) => {
    const w = cycle[(i + 1) % cycle.length];
    for (let slot = topology.offsets[v] as number; slot < (topology.offsets[v + 1] as number); slot++) {
      if (topology.targets[slot] === w) closing = Math.max(closing, topology.edges[slot] as number);
    }
  });
  const ids = cycle.map((v) => nodes[v]?.id ?? "");
  const shown =
    ids.length > MOST_NAMED
      ? [...ids.slice(0, MOST_NAMED), `(${ids.length - MOST_NAMED} more)`, ids[0]]
      : [...ids, ids[0]];
  findings.add("dag/cycle", ["edges", closing], `The edges form a cycle: ${shown.join(" -> ")}.`, {
    suggestion: "Remove one of its edges.",
  });
}
