/**
 * JSON that every reader reads alike: exactly as `JSON.stringify` writes it. A key given twice, `1e999`, or a number with more digits
 * than a double has mean one thing to one reader and another to the next; a gate must not depend on which of them asks.
 */

/** @returns undefined when the text is no JSON, or not written as above */
export function readPlainJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text && !LONE_SURROGATE.test(text) && holdsOrdinaryNumbers(value)
      ? { value }
      : undefined;
  } catch {
    return undefined;
  }
}

/** `JSON.stringify` escapes what has no UTF-8 form; other readers replace it. */
const LONE_SURROGATE = /\\ud[89a-f]/;

/** Larger, a double no longer counts one by one; smaller, it has fewer digits than it shows. */
const SMALLEST = 1e-307;
function holdsOrdinaryNumbers(value: unknown): boolean {
  if (typeof value === "number")
    return value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
  return typeof value !== "object" || value === null || Object.values(value).every(holdsOrdinaryNumbers);
}
