import { contentDigest } from "../../compile/index.ts";
import type { DagNode, Submission } from "../../spec/index.ts";

export interface NodeOutput {
  readonly name: string;
  readonly uri: string;
}

/** A submission that is over, as far as a rerun needs to know it. */
export interface Original {
  /** Nodes that succeeded, in it or in one that it kept them from. */
  readonly succeeded: ReadonlySet<string>;
  /** Where each node's outputs stand. */
  readonly outputs: ReadonlyMap<string, readonly NodeOutput[]>;
  /** What each node was; undefined: it can no longer be told. */
  readonly definitions: ReadonlyMap<string, string> | undefined;
}

export interface Kept {
  readonly node: string;
  /** Over what the node is: it is kept because it still is that. */
  readonly definition: string;
  readonly outputs: readonly NodeOutput[];
}

export interface RunAgain {
  readonly node: string;
  readonly because: string;
}

export interface RerunPlan {
  readonly kept: readonly Kept[];
  readonly run: readonly RunAgain[];
  /** What is left to do: without the kept nodes, whose outputs are references. */
  readonly submission: Submission;
}

/**
 * What of a submission has to run again. A node is kept when it succeeded, is what it was, and all before it is kept; what is asked for
 * by `from` runs with everything after it.
 *
 * @param submission as it is to be now: checked, whole, under the new id
 */
export function planRerun(submission: Submission, original: Original, from: string | undefined): RerunPlan {
  const { nodes, edges } = submission.dag;
  const definitions = definitionsOf(submission);
  const before = predecessors(submission);
  const because = new Map<string, string>();
  for (const id of topological(submission, before)) {
    const reason = reasonToRun(id, from, original, definitions, before.get(id) ?? [], because);
    if (reason !== undefined) because.set(id, reason);
  }
  const kept = nodes.filter(({ id }) => !because.has(id)).map(({ id }) => keptNode(id, definitions, original));
  const remaining = nodes.filter(({ id }) => because.has(id));
  return {
    kept,
    run: remaining.map(({ id }) => ({ node: id, because: because.get(id) ?? "" })),
    submission: {
      ...submission,
      dag: {
        ...submission.dag,
        nodes: remaining,
        edges: edges.filter(({ from: a, to: b }) => because.has(a) && because.has(b)),
      },
      refs: {
        ...submission.refs,
        refs: {
          ...submission.refs.refs,
          ...Object.fromEntries(
            kept.flatMap(({ outputs }) => outputs.map(({ name, uri }) => [name, { uri, snapshot: undefined }])),
          ),
        },
      },
    },
  };
}

function reasonToRun(
  id: string,
  from: string | undefined,
  original: Original,
  definitions: ReadonlyMap<string, string>,
  before: readonly string[],
  because: ReadonlyMap<string, string>,
): string | undefined {
  if (id === from) return "asked for";
  const predecessor = before.find((each) => because.has(each));
  if (predecessor !== undefined) return `it comes after ${predecessor}`;
  if (!original.succeeded.has(id)) return "it did not succeed";
  const was = original.definitions?.get(id);
  if (was === undefined) return "what it was can no longer be told";
  return was === definitions.get(id) ? undefined : "it was changed";
}

const keptNode = (node: string, definitions: ReadonlyMap<string, string>, { outputs }: Original): Kept => ({
  node,
  definition: definitions.get(node) ?? "",
  outputs: outputs.get(node) ?? [],
});

/** A digest per node over what decides its result; how much it may use and how often it is tried does not. */
export function definitionsOf({ dag, params, refs }: Submission): Map<string, string> {
  return new Map(
    dag.nodes.map((node) => {
      const read = node.ins.map((name) => [name, refs.refs[name] ?? null]);
      return [node.id, contentDigest([whatItDoes(node), read, params.env])];
    }),
  );
}

function whatItDoes(node: DagNode): object {
  const { resources: _, timeoutSeconds: _t, retry: _r, qos: _q, locality: _l, gpuSlice: _g, ...what } = node;
  return what;
}

function predecessors({ dag }: Submission): Map<string, string[]> {
  const before = new Map<string, string[]>(dag.nodes.map(({ id }) => [id, []]));
  for (const { from, to } of dag.edges) before.get(to)?.push(from);
  return before;
}

/** Each node after those before it. The DAG was checked: there is no cycle. */
function topological({ dag }: Submission, before: ReadonlyMap<string, readonly string[]>): string[] {
  const after = new Map<string, string[]>(dag.nodes.map(({ id }) => [id, []]));
  for (const { from, to } of dag.edges) after.get(from)?.push(to);
  const left = new Map([...before].map(([id, those]) => [id, those.length]));
  const order = dag.nodes.flatMap(({ id }) => (left.get(id) === 0 ? [id] : []));
  for (const id of order) {
    for (const next of after.get(id) ?? []) {
      const open = (left.get(next) ?? 0) - 1;
      left.set(next, open);
      if (open === 0) order.push(next);
    }
  }
  return order;
}
