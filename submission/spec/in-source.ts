import type { SourceText } from "./check.ts";
import { Findings } from "./findings.ts";
import type { Diagnostic } from "./model.ts";
import { parseDocument } from "./text/document.ts";
import { Lines } from "./text/position.ts";

/** The compiler knows the DAG, not the text it came from: where in that text its messages point is looked up here. */
export function inSource(diagnostics: readonly Diagnostic[], dag: SourceText): Diagnostic[] {
  if (diagnostics.every(({ source }) => source !== "")) return [...diagnostics];
  const document = parseDocument(dag.text, dag.source, new Findings("dag"), dag.format);
  const lines = new Lines(dag.text);
  return diagnostics.map((each) => {
    if (each.source !== "") return each;
    // The compiler's paths are names and indices: `nodes[3].args`.
    const path = (each.path.match(/[^.[\]]+/g) ?? []).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    return { ...each, ...lines.position(document?.locate(path, true) ?? 0), source: dag.source };
  });
}
