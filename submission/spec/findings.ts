import type { Code } from "./codes.ts";

/** Which document of a submission. */
export type DocumentName = "dag" | "params" | "refs";
export type Path = readonly (string | number)[];

/** Something found in a document, before its line and column are known. */
export interface Finding {
  readonly document: DocumentName;
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly path: Path;
  /** Point at the key, not the value, of `path`. */
  readonly atKey: boolean;
  /** Where in the text, when it is known without the path. */
  readonly offset: number | undefined;
  readonly message: string;
  readonly suggestion: string | undefined;
}

export interface FindingDetails {
  readonly suggestion?: string | undefined;
  readonly atKey?: boolean;
  readonly offset?: number;
  readonly severity?: "error" | "warning";
}

/** Findings kept of one document; nobody reads more, and a document can hold a million mistakes. */
const MOST_FINDINGS = 2000;
/** Findings after which looking for what was meant is too much work. */
const MANY_FINDINGS = 25;

/** Collects the findings of one document. */
export class Findings {
  readonly list: Finding[] = [];
  /** Found beyond what is kept. */
  dropped = 0;
  readonly document: DocumentName;

  constructor(document: DocumentName) {
    this.document = document;
  }

  /** So much is wrong that suggestions which need a search are left out. */
  get areMany(): boolean {
    return this.list.length > MANY_FINDINGS;
  }

  add(code: Code, path: Path, message: string, details: FindingDetails = {}): void {
    if (this.list.length >= MOST_FINDINGS) {
      this.dropped++;
      return;
    }
    this.list.push({
      document: this.document,
      code,
      severity: details.severity ?? "error",
      path,
      atKey: details.atKey ?? false,
      offset: details.offset,
      message,
      suggestion: details.suggestion,
    });
  }
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `["nodes", 2, "env", "a b"]` -> `nodes[2].env["a b"]`; the document itself is the empty string. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (PLAIN_KEY.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** A value as a message shows it: JSON, shortened. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 60)}..." (${text.length - 2} characters)` : text;
}

/** `a, b or c`. */
export function oneOf(values: readonly string[], most = 12): string {
  if (values.length === 0) return "nothing";
  const shown = values.slice(0, most);
  if (values.length > most) return `${shown.join(", ")} and ${values.length - most} more`;
  return shown.length === 1 ? (shown[0] ?? "") : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}
