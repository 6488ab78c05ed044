import { createRequire } from "node:module";
import type { CST, Document, Node, Pair, YAMLError, YAMLMap } from "yaml";
import type { Code } from "../codes.ts";
import type { Findings, Path } from "../findings.ts";
import { BOUNDS } from "../limits.ts";
import type { ParsedDocument } from "./document.ts";
import { inspect } from "./hygiene.ts";

// Required, not imported: it is CommonJS, and to import names from it Node reads all of it once more to find them.
const { Composer, Parser, isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, visit } = createRequire(
  import.meta.url,
)("yaml") as typeof import("yaml");

/** Unique keys are checked here: the library compares every key of a mapping with every other. */
const OPTIONS = {
  version: "1.2",
  schema: "core",
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;
/** One mistake can make many errors after it. */
const MOST_SYNTAX_ERRORS = 10;

/** YAML 1.2, core schema, one document; no merge keys, no other tags, few aliases. */
export function parseYaml(text: string, findings: Findings): ParsedDocument | undefined {
  const document = compose(text, findings);
  if (document === undefined) return undefined;
  for (const error of document.errors.slice(0, MOST_SYNTAX_ERRORS)) report(error, text, findings);
  if (document.errors.length > 0) return undefined;
  if (document.contents === null) {
    findings.add("parse/empty", [], "The document is empty.", { offset: 0 });
    return undefined;
  }
  if (!checkNodes(document, text, findings)) return undefined;
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: BOUNDS.aliases });
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    tooManyAliases(firstAlias(document), findings);
    return undefined;
  }
  if (!inspect(value, findings)) return undefined;
  const pairs = new WeakMap<object, Map<string, Pair>>();
  return { value, locate: (path, atKey) => locate(document, path, atKey, pairs) };
}

/** The library's own steps, with a look at the depth between them: composing is recursive, parsing is not. */
function compose(text: string, findings: Findings): Document.Parsed | undefined {
  const tokens: CST.Token[] = [];
  for (const token of new Parser().parse(text)) {
    const offset = tooDeepAt(token);
    if (offset !== undefined) {
      findings.add("parse/too-deep", [], `Nested more than ${BOUNDS.depth} levels deep.`, {
        offset,
        suggestion: "Flatten it, or put it into a file.",
      });
      return undefined;
    }
    tokens.push(token);
  }
  let document: Document.Parsed | undefined;
  for (const each of new Composer(OPTIONS).compose(tokens, true, text.length)) {
    if (document !== undefined) {
      findings.add("parse/multiple-documents", [], "The text holds more than one YAML document.", {
        offset: each.range[0],
        suggestion: "Submit one document at a time.",
      });
      break;
    }
    document = each;
  }
  return document;
}

/** Where the nesting passes the bound; found without recursion. */
function tooDeepAt(token: CST.Token): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token, depth: 0 }];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    const { depth } = each;
    const inner = each.token;
    if (inner.type === "document") {
      if (inner.value !== undefined) open.push({ token: inner.value, depth });
    } else if ("items" in inner) {
      if (depth >= BOUNDS.depth) return inner.offset;
      for (const item of inner.items) {
        if (item.key) open.push({ token: item.key, depth: depth + 1 });
        if (item.value) open.push({ token: item.value, depth: depth + 1 });
      }
    }
  }
  return undefined;
}

const CODE_OF: Readonly<Record<string, Code>> = {
  TAG_RESOLVE_FAILED: "parse/yaml-tag",
  BAD_ALIAS: "parse/yaml-aliases",
};

/** Where the library's own words are for programmers. */
const MESSAGES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "A tab is used as indentation, which YAML does not allow.",
};

const ADVICE: Readonly<Record<string, string>> = {
  TAG_RESOLVE_FAILED: "Remove the tag, or write a value that it fits.",
  TAB_AS_INDENT: "Indent with spaces.",
  BAD_INDENT: "Give all entries of one mapping or list the same indentation.",
  MISSING_CHAR: "Close the quote, bracket or brace, or put the colon.",
  BLOCK_IN_FLOW: "Close the bracket or brace before the next line.",
  BAD_ALIAS: "Define the anchor first, or write the value out.",
};

function report(error: YAMLError, text: string, findings: Findings): void {
  let offset = Math.min(error.pos[0], text.length);
  while (text[offset] === " ") offset++;
  const message = MESSAGES[error.code] ?? sentence(error.message);
  findings.add(CODE_OF[error.code] ?? "parse/yaml-syntax", [], message, { offset, suggestion: ADVICE[error.code] });
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const CORE_TAGS = new Set(
  ["str", "int", "float", "bool", "null", "seq", "map"].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * Tags, merge keys, keys given twice and keys that are not scalars: the value that the library would make of them is not what the
 * author meant. False when there are more aliases than may be followed.
 */
function checkNodes(document: Document.Parsed, text: string, findings: Findings): boolean {
  let aliases = 0;
  visit(document, {
    Alias(_key, alias) {
      aliases++;
      if (aliases <= BOUNDS.aliases) return;
      tooManyAliases(alias.range?.[0], findings);
      return visit.BREAK;
    },
    Node(_key, node, ancestors) {
      if (isAlias(node) || node.tag === undefined || CORE_TAGS.has(node.tag)) return;
      const short = node.tag.replace(/^tag:yaml\.org,2002:/, "!!");
      findings.add("parse/yaml-tag", pathOf(ancestors, node), `The tag ${short} is not one of YAML's core tags.`, {
        offset: tagStart(text, node.range?.[0] ?? 0),
        suggestion: "Remove the tag; write the value as plain text, number, list or mapping.",
      });
    },
    Map(_key, map, ancestors) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const offset = startOf(key);
        if (isCollection(key) || isAlias(key)) {
          findings.add("parse/complex-key", pathOf(ancestors, map), "A key must be plain text.", {
            offset,
            suggestion: "Write the key as text.",
          });
        }
        if (!isScalar(key)) continue;
        const name = String(key.value);
        const path = (): Path => [...pathOf(ancestors, map), name];
        if (name === "<<" && key.type === "PLAIN") {
          findings.add("parse/yaml-merge-key", path(), "The merge key << is not part of YAML 1.2.", {
            offset,
            suggestion: "Write the fields out.",
          });
        } else if (seen.has(name)) {
          findings.add("parse/duplicate-key", path(), `The key ${JSON.stringify(name)} is given twice.`, {
            offset,
            suggestion: "Keep one of the two.",
          });
        }
        seen.add(name);
      }
    },
  });
  return aliases <= BOUNDS.aliases;
}

function tooManyAliases(offset: number | undefined, findings: Findings): void {
  findings.add("parse/yaml-aliases", [], `Aliases expand to more than ${BOUNDS.aliases} values.`, {
    offset,
    suggestion: "Write the values out.",
  });
}

/** Keys and indices from the document to a node, by the collections around it. */
function pathOf(ancestors: readonly unknown[], node: unknown): Path {
  const path: (string | number)[] = [];
  ancestors.forEach((each, i) => {
    if (isPair(each) && isScalar(each.key)) path.push(String(each.key.value));
    else if (isSeq(each)) path.push(each.items.indexOf(ancestors[i + 1] ?? node));
  });
  return path;
}

/** A node's range begins after its tag. */
function tagStart(text: string, nodeStart: number): number {
  let at = text.lastIndexOf("!", nodeStart);
  while (at > 0 && text[at - 1] === "!") at--;
  return Math.max(0, at);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function firstAlias(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias(_key, alias) {
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

/** @param known the pairs of each mapping by key, kept between calls: a mapping can have very many. */
function locate(
  document: Document.Parsed,
  path: Path,
  atKey: boolean,
  known: WeakMap<object, Map<string, Pair>>,
): number {
  const pairsOf = (map: YAMLMap): Map<string, Pair> => {
    let pairs = known.get(map);
    if (pairs === undefined) {
      pairs = new Map(
        map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [])),
      );
      known.set(map, pairs);
    }
    return pairs;
  };
  let node: Node | null | undefined = document.contents;
  let key: unknown;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    key = undefined;
    let next: unknown;
    if (typeof step === "number") next = isSeq(node) ? node.items[step] : undefined;
    else if (isMap(node)) {
      const pair = pairsOf(node).get(step);
      key = pair?.key;
      next = pair?.value;
    }
    const start = startOf(next);
    if (start === undefined && key === undefined) return offset;
    // An empty value has no text: point at its key.
    const empty = isScalar(next) && next.source === "";
    offset = empty || start === undefined ? (startOf(key) ?? offset) : start;
    node = isNode(next) ? next : undefined;
  }
  return atKey ? (startOf(key) ?? offset) : offset;
}
