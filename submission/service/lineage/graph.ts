import { type Background, outputsOf } from "../status/facts.ts";

/** Data by where it is, with its version where one is known before the run. */
export interface DatasetUse {
  /** As the DAG names it. */
  readonly name: string;
  readonly uri: string;
  readonly snapshot: string | undefined;
  /** Of the submission that wrote it, where that is another. */
  readonly writtenBy: string | undefined;
}

export interface LineageNode {
  /** Its id in the DAG. */
  readonly node: string;
  readonly kind: string;
  readonly inputs: readonly DatasetUse[];
  readonly outputs: readonly DatasetUse[];
  /** Nodes it waits for: edges 1:1 with the DAG's. */
  readonly upstream: readonly string[];
}

/** What a submission reads and writes: known before it runs. */
export interface LineageGraph {
  readonly submissionId: string;
  readonly pipelineId: string;
  readonly team: string;
  /** Without those that are kept: they ran for another submission. */
  readonly nodes: readonly LineageNode[];
}

/** Of a submission whose DAG can no longer be read, nothing is known but its name. */
export function lineageGraph(background: Background): LineageGraph {
  const { record, submission } = background;
  const { submissionId, pipelineId, team } = record;
  if (submission === undefined) return { submissionId, pipelineId, team, nodes: [] };
  const { dag, refs } = submission;
  const made = outputsOf(background);
  const outputs = new Map<string, DatasetUse>();
  for (const { id, outs } of dag.nodes) {
    for (const name of outs) {
      const { uri, submissionId: writer } = made(id, name);
      outputs.set(name, { name, uri, snapshot: undefined, writtenBy: writer === submissionId ? undefined : writer });
    }
  }
  const use = (name: string): DatasetUse[] => {
    const own = outputs.get(name);
    if (own !== undefined) return [own];
    const ref = Object.hasOwn(refs.refs, name) ? refs.refs[name] : undefined;
    return ref === undefined ? [] : [{ name, uri: ref.uri, snapshot: ref.snapshot, writtenBy: undefined }];
  };
  const upstream = Map.groupBy(dag.edges, ({ to }) => to);
  const kept = new Set(record.rerunOf?.kept);
  return {
    submissionId,
    pipelineId,
    team,
    nodes: dag.nodes
      .filter(({ id }) => !kept.has(id))
      .map(({ id, kind, ins, outs }) => ({
        node: id,
        kind,
        inputs: ins.flatMap(use),
        outputs: outs.flatMap(use),
        upstream: (upstream.get(id) ?? []).map(({ from }) => from),
      })),
  };
}
