import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { measure } from "./measured-process.ts";

const SCRIPT = resolve(import.meta.dirname, "hera_workflow.py");

export interface HeraFigures {
  readonly version: string;
  /** Building and `to_yaml`, Hera's own way of printing, whole process. */
  readonly yamlMillis: number;
  /** Building and `json.dumps(to_dict())`, its fastest. */
  readonly jsonMillis: number;
}

/** One run each: they take seconds. `ORCH_BENCH_PYTHON` names the Python that has Hera, default `python3`. */
export function heraFigures(dag: string): HeraFigures | { readonly skipped: string } {
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
  return {
    version: asked.stdout.trim(),
    yamlMillis: measure(python, [SCRIPT, dag]).millis,
    jsonMillis: measure(python, [SCRIPT, dag, "--json"]).millis,
  };
}
