import { createRequire } from "node:module";
import type { Findings, Path } from "../findings.ts";
import { parseJson } from "./json.ts";

const require = createRequire(import.meta.url);
/** Loaded when a document is YAML: JSON never needs it. */
const yaml = () => require("./yaml.ts") as typeof import("./yaml.ts");

/** A document's value and the means to find its parts in the text again. */
export interface ParsedDocument {
  /** Undefined when nothing could be made of the text; the findings say why. */
  readonly value: unknown;
  /** Offset in the text of the value (or its key) at a path, or of the nearest thing around it that exists. */
  locate(path: Path, atKey: boolean): number;
}

/**
 * JSON is parsed as JSON when the file's name says so or when it is JSON; everything else as YAML, of which JSON is (nearly) a
 * part: so a flow mapping in a YAML file is YAML, and a JSON file with a mistake gets a JSON error.
 */
export function parseDocument(
  text: string,
  source: string,
  findings: Findings,
  format?: "json",
): ParsedDocument | undefined {
  if (!text.isWellFormed()) {
    // Not in a value perhaps, but no file and no table holds such a text.
    findings.add("parse/lone-surrogate", [], "The document holds half of a surrogate pair, which is no character.", {
      offset: firstHalf(text),
      suggestion: "Write the whole pair, or leave it out.",
    });
    return undefined;
  }
  const bom = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const start = firstVisible(text, bom);
  if (start === text.length) {
    findings.add("parse/empty", [], "The document is empty.", { offset: 0 });
    return undefined;
  }
  const first = text[start];
  const named = format === "json" || /\.json$/i.test(source);
  if (named || first === "{" || first === "[") {
    const strict = named || looksLikeJson(text, start);
    const parsed = parseJson(text, bom, findings, strict);
    if (parsed !== "not-json") return parsed;
  }
  return yaml().parseYaml(text, findings);
}

function firstHalf(text: string): number {
  const whole = text.toWellFormed();
  let at = 0;
  while (text.charCodeAt(at) === whole.charCodeAt(at)) at++;
  return at;
}

function firstVisible(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return at;
}

/** `{"`: in YAML nobody quotes the first key of a flow mapping that is the whole document. */
function looksLikeJson(text: string, start: number): boolean {
  return text[firstVisible(text, start + 1)] === '"';
}
