import { isUtf8 } from "node:buffer";
import { BOUNDS } from "../../spec/index.ts";
import { Rejection } from "../application/index.ts";

/** A field of a JSON object and the text of its value, not parsed. */
export type BodyFields = ReadonlyMap<string, string>;

/**
 * Takes a JSON object apart into the texts of its fields in one pass, without building anything: each document is then parsed once, by
 * the check that locates its mistakes, and what is nested too deeply is refused before anything recursive sees it. That the values
 * are JSON is left to whoever parses them.
 *
 * @throws Rejection when it is no UTF-8, no object, has a field twice or is nested too deeply
 */
export function bodyFields(bytes: Buffer): BodyFields {
  if (!isUtf8(bytes)) throw malformed("The body is not UTF-8.");
  const text = bytes.toString("utf8");
  const fields = new Map<string, string>();
  let at = skipSpace(text, text.charCodeAt(0) === 0xfeff ? 1 : 0);
  if (text[at] !== "{")
    throw malformed('The body is not a JSON object, e.g. {"dag_spec": ..., "runtime_params": ...}.');
  at = skipSpace(text, at + 1);
  if (text[at] === "}") at++;
  else {
    for (;;) {
      if (text[at] !== '"') throw malformed("A field's name in double quotes is expected.", at);
      const keyEnd = stringEnd(text, at);
      const key = parsedString(text.slice(at, keyEnd), at);
      at = skipSpace(text, keyEnd);
      if (text[at] !== ":") throw malformed("A colon is expected after the field's name.", at);
      const start = skipSpace(text, at + 1);
      at = valueEnd(text, start);
      if (at === start) throw malformed(`The field ${JSON.stringify(key)} has no value.`, at);
      if (fields.has(key)) throw malformed(`The field ${JSON.stringify(key)} is given twice.`, start);
      fields.set(key, text.slice(start, at));
      at = skipSpace(text, at);
      if (text[at] === "}") break;
      if (text[at] !== ",") throw malformed("A comma or the end of the object is expected.", at);
      at = skipSpace(text, at + 1);
    }
    at++;
  }
  if (skipSpace(text, at) < text.length) throw malformed("Nothing may come after the object.", at);
  return fields;
}

/** A field's value as text of its own: the string's, where it is a string, else the JSON as it was sent. */
export function parsedString(json: string, at = 0): string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "string") return value;
  } catch {
    // Said below.
  }
  throw malformed("This is not a JSON string.", at);
}

/** Any other value. */
export function parsedValue(name: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw malformed(`The value of ${JSON.stringify(name)} is not JSON.`);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const c = text.charCodeAt(at);
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return at;
    at++;
  }
}

/** Behind the closing quote of the string that opens at `open`. */
function stringEnd(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close > 0) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return close + 1;
    close = text.indexOf('"', close + 1);
  }
  throw malformed("A string is never closed.", open);
}

/** Behind the value that begins at `start`; brackets are counted, not matched. */
function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const c = text.charCodeAt(at);
    if (c === 0x22) {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (c === 0x7b || c === 0x5b) {
      // One level more than a document may have would be found in the document; the body itself is one.
      if (++depth > BOUNDS.depth + 1) throw malformed(`Nested more than ${BOUNDS.depth} levels deep.`, at);
    } else if (c === 0x7d || c === 0x5d) {
      if (depth === 0) return trimmedEnd(text, start, at);
      if (--depth === 0) return at + 1;
    } else if (c === 0x2c && depth === 0) {
      return trimmedEnd(text, start, at);
    }
    at++;
  }
  throw malformed("The body ends in the middle of a value.", start);
}

function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && " \n\r\t".includes(text.charAt(at - 1))) at--;
  return at;
}

const malformed = (what: string, at?: number): Rejection =>
  new Rejection("malformed", at === undefined ? what : `${what} (character ${at + 1} of the body)`);
