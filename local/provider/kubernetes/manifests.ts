import { globSync, readFileSync } from "node:fs";
import { loadAll } from "js-yaml";
import type { JsonObject } from "../protocol/values.ts";

/** Objects of a YAML or JSON text, lists taken apart, empty documents left out. */
export function parseManifests(text: string, origin: string): JsonObject[] {
  const documents = parseJson(text) ?? parseYaml(text, origin);
  return documents
    .filter((document) => document !== null && document !== undefined)
    .flatMap((document) => expand(document, origin));
}

/** JSON is read ten times faster as JSON; text in braces may be YAML all the same. */
function parseJson(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

function parseYaml(text: string, origin: string): unknown[] {
  try {
    return loadAll(text);
  } catch (error) {
    throw new Error(`${origin} is not valid YAML: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Reads files by path or pattern, in the order of their names. */
export function readManifests(pattern: string, allowPattern: boolean): JsonObject[] {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(pattern))
    throw new Error(`${pattern}: manifests are read from files only; download it first`);
  const isPattern = allowPattern && /[*?[\]]/.test(pattern);
  const files = isPattern ? globSync(pattern).sort() : [pattern];
  return files.flatMap((file) => parseManifests(read(file), file));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`manifest ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function expand(document: unknown, origin: string): JsonObject[] {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    throw new Error(`${origin} holds a document that is not a Kubernetes object`);
  const object = document as JsonObject;
  if (Object.keys(object).length === 0) return [];
  if (typeof object.kind === "string" && object.kind.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap((item) => expand(item, origin));
  const name = (object.metadata as JsonObject | undefined)?.name;
  if (typeof object.apiVersion !== "string" || typeof object.kind !== "string")
    throw new Error(`${origin} holds an object without apiVersion and kind: ${JSON.stringify(object).slice(0, 100)}`);
  if (typeof name !== "string") throw new Error(`${origin} holds a ${object.kind} without metadata.name`);
  return [object];
}
