import type { Diagnostic } from "./model.ts";

/** A diagnostic as machines read it: plain, without `undefined`. */
export interface DiagnosticJson {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly suggestion: string | null;
  readonly source: string;
}

/** The outcome of a check, for machines. */
export interface CheckJson {
  readonly ok: boolean;
  readonly diagnostics: readonly DiagnosticJson[];
}

/** One diagnostic with its keys in the order in which they are printed; `source` last. */
export function diagnosticJson(diagnostic: Diagnostic): DiagnosticJson {
  const { code, severity, message, path, line, column, suggestion, source } = diagnostic;
  return { code, severity, message, path, line, column, suggestion: suggestion ?? null, source };
}

export function toJson(diagnostics: readonly Diagnostic[]): CheckJson {
  return {
    ok: !diagnostics.some((each) => each.severity === "error"),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

/** RFC 9457 problem details, `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly diagnostics: readonly DiagnosticJson[];
}

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** 413 when a document is too large, else 422: it was understood and cannot be accepted. */
export function toProblem(diagnostics: readonly Diagnostic[]): Problem {
  const errors = diagnostics.filter((each) => each.severity === "error");
  const tooLarge = errors.some((each) => each.code === "input/too-large");
  const count = `${errors.length} ${errors.length === 1 ? "error" : "errors"}`;
  return {
    type: "urn:orch:problem:invalid-submission",
    title: "The submission is not valid",
    status: tooLarge ? 413 : 422,
    detail: errors[0] === undefined ? count : `${count}, first: ${errors[0].message}`,
    diagnostics: toJson(diagnostics).diagnostics,
  };
}
