import { inSource as locateInSource } from "../../spec/in-source.ts";
import type { Diagnostic } from "../../spec/model.ts";
import { diagnosticJson } from "../../spec/problem.ts";
import { renderDiagnostics } from "../../spec/render.ts";
import { paint, type Terminal } from "../terminal.ts";

/** Each diagnostic with its source line, and a count below, on standard error. */
export function showDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  terminal: Terminal,
): void {
  terminal.note(renderDiagnostics(diagnostics, sources, { color: terminal.noteColour, width: terminal.noteColumns }));
  const count = (severity: Diagnostic["severity"]) => {
    const number = diagnostics.filter((each) => each.severity === severity).length;
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? "" : "s"}`];
  };
  const errors = count("error");
  const style = errors.length > 0 ? "red" : "yellow";
  terminal.note(paint(style, [...errors, ...count("warning")].join(", "), terminal.noteColour));
}

/** What `--json` prints: only messages about other documents than the DAG carry their source. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[], dag: string): object[] {
  return diagnostics.map((diagnostic) => {
    const { source, ...located } = diagnosticJson(diagnostic);
    return source === dag ? located : { ...located, source };
  });
}

/** As `inSource` of the spec, for a DAG that was read already. */
export const inSource = (
  diagnostics: readonly Diagnostic[],
  dag: string,
  sources: ReadonlyMap<string, string>,
): Diagnostic[] => locateInSource(diagnostics, { text: sources.get(dag) ?? "", source: dag });
