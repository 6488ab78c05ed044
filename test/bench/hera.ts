import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Workflow } from "../../submission/compile/index.ts";
import { measure, median } from "./measured-process.ts";

const SCRIPT = resolve(import.meta.dirname, "hera_workflow.py");
/** A run takes ten seconds. */
const ROUNDS = 3;

export interface HeraFigures {
  readonly version: string;
  readonly rounds: number;
  /** Building and `to_yaml`, Hera's own way of printing, whole process. */
  readonly yamlMillis: number;
  /** Building and `json.dumps(to_dict())`, its fastest. */
  readonly jsonMillis: number;
}

/**
 * Medians. `ORCH_BENCH_PYTHON` names the Python that has Hera, default `python3`.
 * @param manifest what `orch compile` printed of the DAG; Hera's has to have the same tasks
 */
export function heraFigures(dag: string, manifest: string): HeraFigures | { readonly skipped: string } {
  const python = process.env.ORCH_BENCH_PYTHON ?? "python3";
  const asked = spawnSync(python, ["-c", "import hera, yaml, importlib.metadata as m; print(m.version('hera'))"], {
    encoding: "utf8",
  });
  if (asked.error !== undefined) return { skipped: `there is no ${python}; ORCH_BENCH_PYTHON can name one` };
  if (asked.status !== 0) {
    return {
      skipped: `${python} has no hera: pip install "hera[yaml]" (in a virtual environment; name its Python in ORCH_BENCH_PYTHON)`,
    };
  }
  const printed = `${manifest}.hera`;
  measure(python, [SCRIPT, dag, "--json"], printed);
  if (!isDeepStrictEqual(tasksOf(printed), tasksOf(manifest))) throw new Error("Hera builds another Workflow");
  const runs = (...flags: string[]) =>
    median(Array.from({ length: ROUNDS }, () => measure(python, [SCRIPT, dag, ...flags]).millis));
  return { version: asked.stdout.trim(), rounds: ROUNDS, yamlMillis: runs(), jsonMillis: runs("--json") };
}

function tasksOf(file: string): unknown {
  const { spec }: Pick<Workflow, "spec"> = JSON.parse(readFileSync(file, "utf8"));
  return spec.templates.find(({ name }) => name === spec.entrypoint)?.dag?.tasks;
}
