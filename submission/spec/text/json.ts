import { createRequire } from "node:module";
import type { ParseError } from "jsonc-parser";
import type { Findings, Path } from "../findings.ts";
import { BOUNDS } from "../limits.ts";
import type { ParsedDocument } from "./document.ts";
import { countKeys, inspect, isSuspicious } from "./hygiene.ts";

type JsoncParser = typeof import("jsonc-parser");
const require = createRequire(import.meta.url);
let loaded: JsoncParser | undefined;
/** Loaded for diagnostics only: valid JSON never needs it. */
function jsonc(): JsoncParser {
  loaded ??= require("jsonc-parser") as JsoncParser;
  return loaded;
}

/**
 * `JSON.parse` for the value, and one pass over the characters for what it hides: its depth, and duplicate keys, which show as more
 * colons outside strings than the value has keys.
 */
export function parseJson(
  text: string,
  bom: number,
  findings: Findings,
  strict: boolean,
): ParsedDocument | undefined | "not-json" {
  const structure = scan(text);
  if (structure.tooDeepAt >= 0) {
    findings.add("parse/too-deep", [], `Nested more than ${BOUNDS.depth} levels deep.`, {
      offset: structure.tooDeepAt,
    });
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(bom === 0 ? text : text.slice(bom));
  } catch {
    if (!strict) return "not-json";
    syntaxErrors(text, bom, findings);
    return undefined;
  }
  const locate = lazyLocator(text, bom);
  const keys = countKeys(value);
  if ((keys === -1 || isSuspicious(text)) && !inspect(value, findings)) return undefined;
  if (keys !== structure.colons) duplicateKeys(text, bom, findings);
  return { value, locate };
}

function scan(text: string): { colons: number; tooDeepAt: number } {
  let colons = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      i = stringEnd(text, i);
    } else if (c === 0x3a) {
      colons++;
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > BOUNDS.depth) return { colons, tooDeepAt: i };
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
    }
  }
  return { colons, tooDeepAt: -1 };
}

/** Index of the quote that closes the string opened at `open`, or the last index when it is never closed. */
function stringEnd(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close > 0) {
    let backslashes = 0;
    while (text.charCodeAt(close - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return close;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

type JsonNode = NonNullable<ReturnType<JsoncParser["parseTree"]>>;

function lazyLocator(text: string, bom: number): (path: Path, atKey: boolean) => number {
  let root: JsonNode | undefined;
  /** Properties of each mapping by name, kept between calls: a mapping can have very many. */
  const known = new Map<JsonNode, Map<string, JsonNode>>();
  const propertiesOf = (node: JsonNode): Map<string, JsonNode> => {
    let properties = known.get(node);
    if (properties === undefined) {
      // The last of duplicate keys is the one that JSON.parse kept.
      properties = new Map(node.children?.map((each) => [String(each.children?.[0]?.value), each]));
      known.set(node, properties);
    }
    return properties;
  };
  return (path, atKey) => {
    root ??= jsonc().parseTree(bom === 0 ? text : text.slice(bom));
    let node = root;
    let key: JsonNode | undefined;
    for (const step of path) {
      let next: JsonNode | undefined;
      key = undefined;
      if (typeof step === "number") next = node?.type === "array" ? node.children?.[step] : undefined;
      else if (node?.type === "object") {
        const property = propertiesOf(node).get(step);
        key = property?.children?.[0];
        next = property?.children?.[1];
      }
      if (next === undefined) break;
      node = next;
    }
    return ((atKey ? (key ?? node) : node)?.offset ?? 0) + bom;
  };
}

function duplicateKeys(text: string, bom: number, findings: Findings): void {
  const open: Set<string>[] = [];
  jsonc().visit(bom === 0 ? text : text.slice(bom), {
    onObjectBegin: () => {
      open.push(new Set());
    },
    onObjectEnd: () => {
      open.pop();
    },
    onObjectProperty: (key, offset, _length, _line, _character, pathOf) => {
      const seen = open.at(-1);
      if (seen?.has(key)) {
        findings.add("parse/duplicate-key", [...pathOf(), key], `The key ${JSON.stringify(key)} is given twice.`, {
          offset: offset + bom,
          atKey: true,
          suggestion: "Keep one of the two.",
        });
      }
      seen?.add(key);
    },
  });
}

const EXPECTED: Readonly<Record<string, string>> = {
  InvalidSymbol: "Not a JSON value; expected a string in double quotes, a number, true, false, null, { or [.",
  InvalidNumberFormat: "Not a JSON number.",
  PropertyNameExpected: "Expected a property name in double quotes.",
  ValueExpected: "Expected a value.",
  ColonExpected: "Expected a colon after the property name.",
  CommaExpected: "Expected a comma before the next entry.",
  CloseBraceExpected: "Expected } to close the mapping.",
  CloseBracketExpected: "Expected ] to close the list.",
  EndOfFileExpected: "Expected the end of the document.",
  InvalidCommentToken: "JSON has no comments.",
  UnexpectedEndOfComment: "A comment is never closed; JSON has no comments.",
  UnexpectedEndOfString: "The string is never closed on its line; expected a closing double quote.",
  UnexpectedEndOfNumber: "The number is not complete.",
  InvalidUnicode: "\\u needs four hexadecimal digits.",
  InvalidEscapeCharacter: 'Not an escape of JSON; allowed are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX.',
  InvalidCharacter: "A control character inside a string; write it as an escape.",
};

function syntaxErrors(text: string, bom: number, findings: Findings): void {
  const errors: ParseError[] = [];
  jsonc().parse(bom === 0 ? text : text.slice(bom), errors, { disallowComments: true, allowTrailingComma: false });
  // One mistake makes many errors after it; the first says what is wrong.
  const first = errors[0];
  const name = first === undefined ? undefined : jsonc().printParseErrorCode(first.error);
  const message = (name === undefined ? undefined : EXPECTED[name]) ?? "Not JSON.";
  findings.add("parse/json-syntax", [], message, {
    offset: (first?.offset ?? 0) + bom,
    suggestion: name === "PropertyNameExpected" || name === "ValueExpected" ? "Look for a comma too many." : undefined,
  });
}
