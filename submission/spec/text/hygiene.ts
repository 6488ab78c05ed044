import type { Findings } from "../findings.ts";
import { BOUNDS } from "../limits.ts";

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
/** Most keys are shorter: they need not be looked up. */
const SHORTEST_FORBIDDEN = 9;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/**
 * Counts the keys of all mappings; -1 when there may be something that `inspect` would report. One quick pass without paths, since
 * nearly all documents are clean.
 */
export function countKeys(value: unknown): number {
  let keys = 0;
  let values = 0;
  const visit = (each: unknown, depth: number): boolean => {
    if (++values > BOUNDS.values) return false;
    if (typeof each === "number")
      return Number.isFinite(each) && (Number.isSafeInteger(each) || !Number.isInteger(each));
    if (typeof each !== "object" || each === null) return true;
    if (depth >= BOUNDS.depth) return false;
    if (Array.isArray(each)) {
      for (let i = 0; i < each.length; i++) if (!visit(each[i], depth + 1)) return false;
      return true;
    }
    const mapping = each as Readonly<Record<string, unknown>>;
    for (const key in mapping) {
      keys++;
      if ((key.length >= SHORTEST_FORBIDDEN && FORBIDDEN_KEYS.has(key)) || !visit(mapping[key], depth + 1))
        return false;
    }
    return true;
  };
  return visit(value, 0) ? keys : -1;
}

/**
 * Reports what no part of a document may hold: prototype keys, numbers that JSON cannot hold, broken characters, too deep nesting.
 * False when there is so much of it that nothing more should be done with it.
 */
export function inspect(value: unknown, findings: Findings): boolean {
  const path: (string | number)[] = [];
  let values = 0;
  const visit = (each: unknown): void => {
    if (++values > BOUNDS.values) return;
    if (typeof each === "string") checkString(each, path, false, findings);
    else if (typeof each === "number") {
      if (!Number.isFinite(each)) notFinite(each, path, findings);
      else if (Number.isInteger(each) && !Number.isSafeInteger(each)) imprecise(path, findings);
    } else if (typeof each === "object" && each !== null) {
      if (path.length >= BOUNDS.depth) {
        findings.add("parse/too-deep", [...path], `Nested more than ${BOUNDS.depth} levels deep.`, {
          suggestion: "Flatten it, or put it into a file.",
        });
        return;
      }
      if (Array.isArray(each)) {
        for (let i = 0; i < each.length; i++) {
          path.push(i);
          visit(each[i]);
          path.pop();
        }
        return;
      }
      for (const [key, inner] of Object.entries(each)) {
        path.push(key);
        if (FORBIDDEN_KEYS.has(key)) forbidden(key, path, findings);
        checkString(key, path, true, findings);
        visit(inner);
        path.pop();
      }
    }
  };
  visit(value);
  if (values <= BOUNDS.values) return true;
  findings.add("parse/too-many-values", [], `The document holds more than ${BOUNDS.values} values.`, {
    suggestion: "Keep data out of the document: pass the URI of a file.",
  });
  return false;
}

/**
 * Whether a well-formed text that was read as JSON can hold a string or key with a character that `inspect` would report. Of these, JSON
 * lets only the last of ASCII stand as it is.
 */
export const isSuspicious = (json: string): boolean =>
  ["\\u", "\\b", "\\f", "\x7f"].some((spelling) => json.includes(spelling));

function checkString(text: string, path: readonly (string | number)[], atKey: boolean, findings: Findings): void {
  const what = atKey ? "A key" : "The text";
  const found = CONTROL.exec(text);
  if (found !== null) {
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    findings.add(
      "parse/control-character",
      [...path],
      `${what} holds the control character U+${code}; allowed are tab, line feed and carriage return.`,
      { atKey, suggestion: "Remove it, or pass the bytes in a file." },
    );
  }
  if (!text.isWellFormed()) {
    findings.add("parse/lone-surrogate", [...path], `${what} holds half of a surrogate pair, which is no character.`, {
      atKey,
      suggestion: "Write the whole pair, or the character itself.",
    });
  }
}

function notFinite(value: number, path: readonly (string | number)[], findings: Findings): void {
  findings.add("parse/not-finite", [...path], `Found ${value}; numbers must be finite.`, {
    suggestion: "Use a finite number, or a string.",
  });
}

function imprecise(path: readonly (string | number)[], findings: Findings): void {
  findings.add("parse/imprecise-number", [...path], "Too large a whole number to be held exactly (above 2^53).", {
    severity: "warning",
    suggestion: "Write it as a string if every digit matters.",
  });
}

function forbidden(key: string, path: readonly (string | number)[], findings: Findings): void {
  findings.add("parse/forbidden-key", [...path], `The key ${JSON.stringify(key)} is not allowed anywhere.`, {
    atKey: true,
    suggestion: "Choose another name.",
  });
}
