import type { Json } from "../spec/index.ts";
import { ArgoTag } from "./argo-tag.ts";

/**
 * How a user's text travels through Argo and Kubernetes unchanged.
 *
 * Argo replaces `{{...}}` and `{{=...}}` in any string of a Workflow, several times over (whole spec, template, retry, pod), and
 * has no escape. Kubernetes replaces `$(NAME)` in a container's env values, command and args, and reads `$$` as `$`. Both rules
 * are turned to account: no text of a user's ever contains `{`, so neither one text nor two that meet after a parameter was put in
 * can open a tag, and what stands for `{` is resolved by the one who starts the process.
 */

/** First in every container's env: `$(ORCH_LB)` is `{`. */
export const LEFT_BRACE = { name: "ORCH_LB", value: "{" } as const;

/**
 * For env values, command and args of a container: Kubernetes' own expansion gives back the text, byte for byte.
 * Every `$` is doubled, not only one before `(`: Kubernetes reads any `$$` as `$`.
 */
export function inContainer(text: string): string {
  if (!CARRIED.test(text)) return text;
  return text.replaceAll("$", "$$$$").replaceAll("{", `$(${LEFT_BRACE.name})`);
}

const CARRIED = /[${]/;

/**
 * For the manifest of a `resource` template: JSON whose strings hold neither `{` nor `$`. The first keeps Argo out; the second keeps
 * Kubernetes out, because the manifest travels in an env value of the init container (or in a ConfigMap, when it is large).
 *
 * Argo's `setOwnerReference` would undo this: the controller then parses the manifest, writes it again as YAML with the braces
 * back in it, and substitutes once more when it builds the pod. So the owner reference stands in the manifest itself.
 *
 * An `ArgoTag` keeps its braces: it is made by the compiler, and nothing that was read can be one.
 */
export function inManifest(value: Json | ArgoTag): string {
  if (value instanceof ArgoTag) return JSON.stringify(value.text);
  if (typeof value === "string") return braceless(JSON.stringify(value));
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(inManifest).join(",")}]`;
  const fields: string[] = [];
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) fields.push(`${inManifest(key)}:${inManifest(each)}`);
  }
  return `{${fields.join(",")}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** In JSON's text of a string neither character is ever part of an escape. */
const braceless = (string: string): string => string.replaceAll("{", "\\u007b").replaceAll("$", "\\u0024");

/**
 * Argo writes an argument into a template with Go's quoting, which for some characters is no JSON: then the node errors at run time.
 * A text with one of them is never passed as an argument, it stands in a template of its own.
 */
export function passesAsArgument(text: string): boolean {
  return !BROKEN_BY_QUOTING.test(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question
const BROKEN_BY_QUOTING = /[\u0000-\u0007\u000b\u000e-\u001f\u007f]|[\u{10000}-\u{10ffff}]/u;
