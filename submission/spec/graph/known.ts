import type { Dag } from "../model.ts";
import { buildTopology, type Topology } from "./topology.ts";

/** Whoever checks a DAG builds its topology, and whoever compiles it needs the same. */
const known = new WeakMap<Dag, Topology>();

export function keepTopology(dag: Dag, topology: Topology): void {
  known.set(dag, topology);
}

/** Of a checked DAG, over the indices of its nodes and edges. */
export function topologyOf(dag: Dag): Topology {
  const kept = known.get(dag);
  if (kept !== undefined) return kept;
  const { nodes, edges } = dag;
  const index = new Map(nodes.map(({ id }, i) => [id, i]));
  const end = (id: string): number => {
    const found = index.get(id);
    if (found === undefined) throw new Error(`an edge of ${id}, which is no node: the submission was not checked`);
    return found;
  };
  const topology = buildTopology(
    nodes.length,
    Int32Array.from(edges, ({ from }) => end(from)),
    Int32Array.from(edges, ({ to }) => end(to)),
  );
  known.set(dag, topology);
  return topology;
}
