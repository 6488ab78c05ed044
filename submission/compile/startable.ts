import type { Code, Diagnostic } from "../spec/index.ts";
import type { Unit } from "./units.ts";

/**
 * Above this, in bytes of JSON, Argo moves a container's args into a ConfigMap, where Kubernetes expands nothing: what stands for `{` and
 * `$` would reach the program as it is.
 */
const ARGS = 131_072;
/** Linux starts no process with one variable or argument longer than this, in bytes. */
const ONE_TEXT = 131_000;

/** Nodes, in the DAG's order, whose texts no process could be started with. */
export function startProblems(units: readonly Unit[]): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] as Unit;
    let length = 0;
    for (let i = 0; i < unit.slots.length; i++) length += (unit.slots[i] as string).length;
    // A character is three bytes at most, six in JSON.
    if (length * 6 >= ONE_TEXT) problems.push(...problemsOf(unit, at));
  }
  return problems;
}

function problemsOf(unit: Unit, at: number): Diagnostic[] {
  const { slots, node } = unit;
  const names = unit.names();
  const args = slots.filter((_, i) => /^a\d*$/.test(names[i] as string));
  const path = `nodes[${at}]`;
  if (Buffer.byteLength(JSON.stringify(args)) > ARGS) {
    return [problem(`${path}.args`, `The args of node ${node.id} are longer than ${ARGS} bytes together.`)];
  }
  const long = slots.findIndex((text) => Buffer.byteLength(text) > ONE_TEXT);
  if (long < 0) return [];
  return [problem(path, `Node ${node.id} has a text of more than ${ONE_TEXT} bytes (env, params, command or SQL).`)];
}

const problem = (path: string, message: string): Diagnostic => ({
  code: "compile/text-too-long" satisfies Code,
  severity: "error",
  message,
  path,
  line: 1,
  column: 1,
  suggestion: "Put it into a file in the store and pass its URI (sql_uri, or an env value).",
  source: "",
});
