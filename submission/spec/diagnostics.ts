import { CODES, type Code } from "./codes.ts";
import { type DocumentName, type Finding, formatPath, type Path } from "./findings.ts";
import { BOUNDS } from "./limits.ts";
import type { Diagnostic } from "./model.ts";
import { Lines } from "./text/position.ts";

/** A document's text as it was given, and the means to find a path in it. */
export interface Located {
  readonly source: string;
  readonly text: string;
  readonly locate: (path: Path, atKey: boolean) => number;
}

const ORDER: Readonly<Record<DocumentName, number>> = { dag: 0, params: 1, refs: 2 };

/** Findings with their lines and columns, in the order of the documents and of the text, without repetitions. */
export function locateFindings(
  findings: readonly Finding[],
  documents: Readonly<Partial<Record<DocumentName, Located>>>,
  dropped = 0,
): Diagnostic[] {
  const lines = new Map<DocumentName, Lines>();
  const placed = withoutConsequences(findings).map((finding) => {
    const document = documents[finding.document];
    const offset = finding.offset ?? document?.locate(finding.path, finding.atKey) ?? 0;
    return { finding, offset };
  });
  placed.sort((a, b) => ORDER[a.finding.document] - ORDER[b.finding.document] || a.offset - b.offset);
  const shown = placed.slice(0, BOUNDS.diagnostics).map(({ finding, offset }): Diagnostic => {
    const document = documents[finding.document];
    let found = lines.get(finding.document);
    if (found === undefined) {
      found = new Lines(document?.text ?? "");
      lines.set(finding.document, found);
    }
    const { line, column } = found.position(offset);
    const { code, severity, message, suggestion } = finding;
    return {
      code,
      severity,
      message,
      path: formatPath(finding.path),
      line,
      column,
      suggestion,
      source: document?.source ?? "",
    };
  });
  const rest = placed.slice(BOUNDS.diagnostics);
  if (rest.length + dropped > 0) {
    const severity = dropped > 0 || rest.some((each) => each.finding.severity === "error") ? "error" : "warning";
    const last = shown.at(-1);
    shown.push({
      ...diagnostic("input/more", `${rest.length + dropped} more were found; mend these first.`, last?.source ?? ""),
      severity,
      line: last?.line ?? 1,
      column: last?.column ?? 1,
    });
  }
  return shown;
}

/** What is found at or under something of the wrong shape follows from that. */
function withoutConsequences(findings: readonly Finding[]): readonly Finding[] {
  const broken = new Set<string>();
  for (const { code, severity, document, path } of findings) {
    const shape = code.startsWith("schema/") && code !== "schema/unknown-field" && code !== "schema/duplicate-item";
    if (severity === "error" && shape && path.length > 0) broken.add(`${document}:${formatPath(path)}`);
  }
  if (broken.size === 0) return findings;
  return findings.filter(({ code, document, path }) => {
    if (code.startsWith("schema/") || code.startsWith("parse/")) return true;
    for (let length = path.length; length > 0; length--) {
      if (broken.has(`${document}:${formatPath(path.slice(0, length))}`)) return false;
    }
    return true;
  });
}

/** A diagnostic about a source as a whole, such as a file that cannot be read. */
export function diagnostic(code: Code, message: string, source: string, suggestion?: string): Diagnostic {
  if (!(code in CODES)) throw new Error(`no such diagnostic code: ${code}`);
  return { code, severity: "error", message, path: "", line: 1, column: 1, suggestion, source };
}
