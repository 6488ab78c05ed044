import { type StatusNode, statusNodes, type WorkflowObject } from "../kubernetes/objects.ts";

/** The tasks that stand for a node of the user's, in declared order, also through templates that only cut a large DAG in parts. */
export function taskNames(run: WorkflowObject): string[] {
  const templates = new Map(run.spec.templates.map((template) => [template.name, template]));
  const names: string[] = [];
  const collect = (name: string | undefined) => {
    for (const task of templates.get(name ?? "")?.dag?.tasks ?? []) {
      const called = templates.get(task.template ?? "");
      // A DAG that is retried counts the attempts of one node.
      if (called?.dag !== undefined && called.retryStrategy === undefined) collect(called.name);
      else names.push(task.name);
    }
  };
  collect(run.spec.entrypoint);
  return names;
}

/** What Argo says of one task. */
export interface Task {
  /** Stands for the node with all its attempts. */
  readonly whole: StatusNode | undefined;
  /** In the order they were made. */
  readonly pods: readonly StatusNode[];
}

/** What the last attempt ended with; of the whole Argo says only that it gave up. */
export const messageOf = (task: Task | undefined): string | undefined =>
  task?.pods.at(-1)?.message || task?.whole?.message || undefined;

/** Argo's entries by task: everything inside the boundary of a task's attempt belongs to that task, whatever it is called. */
export function statusByTask(run: WorkflowObject, names: readonly string[]): Map<string, Task> {
  const all = statusNodes(run);
  const known = new Set(names);
  const taskOf = memoized((id: string): string | undefined => {
    const node = all[id];
    if (node === undefined || node.boundaryID === undefined) return undefined;
    const outer = taskOf(node.boundaryID);
    if (outer !== undefined) return outer;
    const name = node.displayName.replace(/\(\d+\)$/, "");
    return known.has(name) ? name : undefined;
  });
  const tasks = new Map<string, { whole: StatusNode | undefined; pods: StatusNode[] }>();
  for (const node of Object.values(all)) {
    const name = taskOf(node.id);
    if (name === undefined) continue;
    const task = tasks.get(name) ?? { whole: undefined, pods: [] };
    tasks.set(name, task);
    if (node.displayName === name && taskOf(node.boundaryID ?? "") === undefined) task.whole = node;
    if (node.type === "Pod") task.pods.push(node);
  }
  for (const { pods } of tasks.values()) pods.sort((a, b) => (a.startedAt ?? "").localeCompare(b.startedAt ?? ""));
  return tasks;
}

function memoized<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined || known.has(key)) return found as T;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}
