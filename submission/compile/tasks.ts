import type { Dag } from "../spec/index.ts";
import { ancestrySquares } from "./ancestry.ts";
import { chainsOf } from "./barriers.ts";
import { type Graph, within } from "./graph.ts";
import { taskName } from "./names.ts";
import type { Call } from "./units.ts";
import type { Task, Template } from "./workflow.ts";

/** Name of the template that holds the whole DAG. */
export const ENTRYPOINT = "0";

/** Steps of Argo's validation (see `ancestrySquares`) below which nothing is gained by cutting: about half a second. */
const WORTH_CUTTING = 5e7;

export interface Arranged {
  /** The entry template, then one per stretch. */
  readonly templates: readonly Template[];
  readonly validationSteps: number;
}

/**
 * Puts the tasks into DAG templates: into one, or, where validation would be slow and the DAG has barriers, one for each stretch between
 * them. A task in a stretch has the name it would have anyway; the task of a stretch is `S1`, `S2`...: no node's name has a capital.
 */
export function arrange({ nodes }: Pick<Dag, "nodes">, graph: Graph, calls: readonly Call[]): Arranged {
  const names = nodes.map(({ id }) => taskName(id));
  const task = (node: number, members?: ReadonlySet<number>): Task => {
    const name = names[node] as string;
    let depends = "";
    for (let e = graph.offsets[node] as number; e < (graph.offsets[node + 1] as number); e++) {
      const p = graph.before[e] as number;
      if (members === undefined || members.has(p)) depends += (depends === "" ? "" : "&&") + (names[p] as string);
    }
    const { template, arguments: passed } = calls[node] as Call;
    if (passed === undefined) return depends === "" ? { name, template } : { name, template, depends };
    return depends === "" ? { name, template, arguments: passed } : { name, template, depends, arguments: passed };
  };

  const flatSteps = ancestrySquares(graph);
  const chains = flatSteps < WORTH_CUTTING ? [] : chainsOf(graph);
  if (!chains.some((chain) => chain.length > 1)) {
    const all = nodes.map((_, node) => task(node));
    return { templates: [dag(ENTRYPOINT, all)], validationSteps: flatSteps };
  }

  const top: Task[] = [];
  const stretches: Template[] = [];
  let steps = 0;
  for (const chain of chains) {
    const [first, ...others] = chain;
    if (first === undefined || others.length === 0) {
      for (const node of first ?? []) top.push(task(node));
      steps += ancestrySquares(within(first ?? [], graph));
      continue;
    }
    let last: string | undefined;
    for (const stretch of chain) {
      const members = new Set(stretch);
      const number = stretches.length + 1;
      const template = `0s${number}`;
      stretches.push(
        dag(
          template,
          stretch.map((node) => task(node, members)),
        ),
      );
      top.push({ name: `S${number}`, template, ...(last === undefined ? {} : { depends: last }) });
      last = `S${number}`;
      steps += ancestrySquares(within(stretch, graph));
    }
  }
  return { templates: [dag(ENTRYPOINT, top), ...stretches], validationSteps: steps };
}

/** All nodes run that can: one that failed stops only those that wait for it. So is a stretch equal to its nodes on their own. */
const dag = (name: string, tasks: readonly Task[]): Template => ({ name, dag: { failFast: false, tasks } });
