import type { Graph } from "./graph.ts";
import { taskName } from "./names.ts";
import type { Call } from "./units.ts";

/** What Argo keeps of nodes in `status.nodes`, per node of the DAG. */
export interface StatusSize {
  /** Bytes of JSON. */
  readonly plain: number;
  /** Bytes of Argo's compression of it: gzip, then base64. */
  readonly packed: number;
}

export interface StatusShape {
  readonly submissionId: string;
  readonly namespace: string;
  readonly nodeIds: readonly string[];
  readonly calls: readonly Call[];
  readonly graph: Graph;
  /** Entries Argo makes for each node: a pod, a retry around it, and for the user's own retry a DAG and a retry around that. */
  readonly counts: readonly number[];
}

/** Nodes that are written out; the rest is like them. Gzip looks back 32 KiB, about 20 of them. */
const SAMPLE = 256;

/**
 * Writes out what Argo will write for an even sample of the nodes and packs it as Argo does. Identifiers are as random as Argo's
 * hashes are, and the entries stand in their order, as in Argo's map.
 */
export function sampleStatus(shape: StatusShape): StatusSize {
  const { nodeIds } = shape;
  const step = Math.max(1, Math.floor(nodeIds.length / SAMPLE));
  const entries: string[] = [];
  let nodes = 0;
  for (let at = 0; at < nodeIds.length; at += step) {
    nodes++;
    for (const entry of entriesOf(shape, at)) entries.push(entry);
  }
  entries.sort();
  const text = entries.join(",");
  const packed = Math.ceil(process.getBuiltinModule("node:zlib").gzipSync(text, { level: 6 }).length / 3) * 4;
  return { plain: (text.length + 1) / nodes, packed: packed / nodes };
}

function entriesOf({ submissionId, namespace, nodeIds, calls, graph, counts }: StatusShape, at: number): string[] {
  const id = nodeIds[at] as string;
  const call = calls[at] as Call;
  const name = taskName(id);
  const inputs = call.arguments === undefined ? "" : `,"inputs":${JSON.stringify(call.arguments)}`;
  const second = String(at % 60).padStart(2, "0");
  const time = (minute: number) => `"2026-01-01T00:${String(minute).padStart(2, "0")}:${second}Z"`;
  const count = counts[at] as number;
  // Children are as many as predecessors, over the whole DAG.
  const children = Array.from(
    graph.before.subarray(graph.offsets[at], graph.offsets[at + 1]),
    (p) => `"${submissionId}-${hash(p, 0)}"`,
  ).join(",");
  return Array.from({ length: count }, (_, depth) => {
    const last = depth === count - 1;
    const type = last ? "Pod" : count > 2 && depth === 1 ? "DAG" : "Retry";
    const own = `${submissionId}-${hash(at, depth)}`;
    const path = `${submissionId}.${name}${["", "(0)", "(0).try", "(0).try(0)"][depth]}`;
    const boundary = depth < 2 ? submissionId : `${submissionId}-${hash(at, 1)}`;
    const below = last ? children : `"${submissionId}-${hash(at, depth + 1)}"`;
    return (
      `"${own}":{"id":"${own}","name":"${path}","displayName":"${name}","type":"${type}","templateName":"${call.template}",` +
      `"templateScope":"local/${namespace}/${submissionId}","phase":"Succeeded","boundaryID":"${boundary}","startedAt":${time(at % 7)},` +
      `"finishedAt":${time((at + 1) % 11)},"progress":"1/1","resourcesDuration":{"cpu":${at % 13},"memory":${at % 17}}` +
      `${depth % 2 === 1 ? ',"nodeFlag":{"retried":true}' : ""}${inputs},"outputs":{"exitCode":"0"},"children":[${below}]` +
      `${last ? `,"hostNodeName":"node-${hash(at % 40, 0).slice(0, 4)}","taskResultSynced":true` : ""}}`
    );
  });
}

/** As many digits, as unlike each other, as Argo's FNV hashes. */
const hash = (node: number, depth: number): string =>
  String(Math.imul(node * 4 + depth + 1, 0x9e3779b1) >>> 0).padStart(10, "1");
