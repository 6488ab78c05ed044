import { compile } from "../../compile/compile.ts";
import { checkDocuments, type SpecOptions } from "../documents.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

export interface CompileCommandOptions extends SpecOptions {
  readonly output: "yaml" | "json";
  /** False with `--no-size-check`. */
  readonly sizeCheck: boolean;
}

export async function compileCommand(
  dag: string,
  options: CompileCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { result, profile, sources } = await checkDocuments(dag, options);
  if (result.diagnostics.length > 0) {
    const { showDiagnostics } = await import("../show/diagnostics.ts");
    showDiagnostics(result.diagnostics, sources, terminal);
  }
  if (!result.ok) return EXIT.input;
  const compiled = compile(result.submission, profile, { skipSizeCheck: !options.sizeCheck });
  if (!compiled.ok) {
    const { inSource, showDiagnostics } = await import("../show/diagnostics.ts");
    showDiagnostics(inSource(compiled.diagnostics, dag, sources), sources, terminal);
    return EXIT.input;
  }
  if (options.output === "json") {
    terminal.out(compiled.bytes);
    return EXIT.fine;
  }
  const { stringify } = await import("yaml");
  // Kubernetes reads YAML 1.1, where `on` and `1_000` are no strings; and it knows no anchors of ours.
  terminal.out(stringify(compiled.workflow, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false }).trimEnd());
  return EXIT.fine;
}
