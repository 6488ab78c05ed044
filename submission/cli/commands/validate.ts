import { checkDocuments, type SpecOptions } from "../documents.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { paint, type Terminal } from "../terminal.ts";

export async function validate(
  dag: string,
  options: SpecOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const { result, sources } = await checkDocuments(dag, options);
  if (options.json) {
    const { diagnosticsJson } = await import("../show/diagnostics.ts");
    terminal.out(JSON.stringify({ ok: result.ok, diagnostics: diagnosticsJson(result.diagnostics, dag) }, null, 2));
    return result.ok ? EXIT.fine : EXIT.input;
  }
  if (result.diagnostics.length > 0) {
    const { showDiagnostics } = await import("../show/diagnostics.ts");
    showDiagnostics(result.diagnostics, sources, terminal);
  }
  if (!result.ok) return EXIT.input;
  const { dag: checked } = result.submission;
  const size = `${counted(checked.nodes.length, "node")}, ${counted(checked.edges.length, "edge")}`;
  terminal.out(`${paint("green", "ok", terminal.colour)} ${checked.pipelineId}: ${size}`);
  return EXIT.fine;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
