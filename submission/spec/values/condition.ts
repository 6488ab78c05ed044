import { LABEL_VALUE, labelKeyProblem } from "./names.ts";

/**
 * Argo's resource conditions are Kubernetes selectors over the object's fields, read as JSON paths: requirements apart by commas, each
 * `path`, `!path`, `path = value`, `==`, `!=`, `in (a,b)`, `notin (a,b)`, `> 1` or `< 1`.
 */
export function conditionProblem(text: string): string | undefined {
  if (text.trim() === "") return "is empty";
  if (text.includes("{{")) return "holds {{, which Argo would evaluate";
  for (const part of splitOutsideParentheses(text)) {
    const problem = requirementProblem(part.trim());
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

const COMPARISON = /^([^\s!=<>()]+)\s*(==|!=|=|>|<)\s*([^\s!=<>()]*)$/;
const MEMBERSHIP = /^([^\s!=<>()]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EXISTENCE = /^!?\s*([^\s!=<>()]+)$/;

function requirementProblem(text: string): string | undefined {
  if (text === "") return "has an empty requirement";
  const comparison = COMPARISON.exec(text);
  const membership = comparison === null ? MEMBERSHIP.exec(text) : null;
  const existence = comparison === null && membership === null ? EXISTENCE.exec(text) : null;
  const path = comparison?.[1] ?? membership?.[1] ?? existence?.[1];
  if (path === undefined)
    return `has ${JSON.stringify(text)}, which is not a path with ==, !=, in (...), notin (...), > or <`;
  if (labelKeyProblem(path) !== undefined)
    return `has the path ${JSON.stringify(path)}, which is not of letters, digits, - _ . (63 at most)`;
  const values =
    comparison === null ? (membership?.[3]?.split(",").map((each) => each.trim()) ?? []) : [comparison[3] ?? ""];
  for (const value of values) {
    if (!LABEL_VALUE.test(value))
      return `compares with ${JSON.stringify(value)}, which is not of letters, digits, - _ . (63 at most)`;
    const ordered = comparison?.[2] === ">" || comparison?.[2] === "<";
    if (ordered && !/^-?\d+$/.test(value)) return `orders by ${JSON.stringify(value)}, which is no whole number`;
  }
  return undefined;
}
