import type { z } from "zod";
import { type Findings, oneOf, type Path, show } from "./findings.ts";
import { isMapping } from "./loose.ts";
import { didYouMean, nearest } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** Which fields exist where, for "did you mean" and for fields that stand at the wrong level. */
export type FieldsAt = (path: Path) => readonly string[];

/** The findings of zod's issues: what was found, what is allowed, what to do. */
export function reportIssues(
  issues: readonly Issue[],
  root: unknown,
  fieldsAt: FieldsAt,
  findings: Findings,
  base: Path = [],
): void {
  for (const issue of issues) {
    const path = [...base, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
    reportIssue(issue, path, valueAt(root, path), root, fieldsAt, findings);
  }
}

function reportIssue(
  issue: Issue,
  path: Path,
  value: unknown,
  root: unknown,
  fieldsAt: FieldsAt,
  findings: Findings,
): void {
  const name = field(path);
  switch (issue.code) {
    case "invalid_type":
      if (value === undefined) missing(path, TYPES[issue.expected] ?? issue.expected, findings);
      else wrongType(path, value, TYPES[issue.expected] ?? issue.expected, findings);
      return;
    case "invalid_value": {
      const values = issue.values.map((each) => String(each));
      if (value === undefined) missing(path, oneOf(values), findings);
      else if (typeof value !== typeof issue.values[0]) wrongType(path, value, oneOf(values), findings);
      else {
        findings.add("schema/unknown-value", path, `${name} is ${show(value)}; allowed is ${oneOf(values)}.`, {
          suggestion: didYouMean(String(value), values),
        });
      }
      return;
    }
    case "too_big":
    case "too_small":
      bound(issue, path, value, findings);
      return;
    case "unrecognized_keys":
      for (const key of issue.keys) unknownField([...path, key], key, fieldsAt(path), findings);
      return;
    case "invalid_union": {
      const branch = meantBranch(issue.errors);
      if (branch !== undefined) reportIssues(branch, root, fieldsAt, findings, path);
      else {
        const expected = issue.errors
          .flat()
          .map((each) => (each.code === "invalid_type" ? TYPES[each.expected] : undefined));
        const allowed = oneOf([...new Set(expected.filter((each) => each !== undefined))]);
        if (value === undefined) missing(path, allowed, findings);
        else wrongType(path, value, allowed, findings);
      }
      return;
    }
    default:
      wrongType(path, value, issue.message, findings);
  }
}

/** The alternative whose type is right but whose content is not. */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) => issues.every((each) => each.path.length > 0 || each.code !== "invalid_type"));
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

export function field(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "The document";
  if (typeof last === "string") return last;
  return `${field(path.slice(0, -1))}[${last}]`;
}

function missing(path: Path, expected: string, findings: Findings): void {
  findings.add("schema/missing-field", path, `${field(path)} is missing; it must be ${expected}.`, {
    suggestion: `Add ${field(path)}.`,
  });
}

function wrongType(path: Path, value: unknown, expected: string, findings: Findings): void {
  const found = value === null ? "empty (null)" : show(value);
  findings.add("schema/wrong-type", path, `${field(path)} is ${found}; it must be ${expected}.`, {
    suggestion: retyped(path, value, expected),
  });
}

function retyped(path: Path, value: unknown, expected: string): string | undefined {
  if (value === null) return `Give ${field(path)} a value, or remove it.`;
  const scalar = typeof value === "number" || typeof value === "boolean";
  if (expected === "a string" && scalar) return `Put it in quotes: "${value}".`;
  if (
    expected.includes("number") &&
    typeof value === "string" &&
    value.trim() !== "" &&
    Number.isFinite(Number(value))
  ) {
    return `Remove the quotes: ${Number(value)}.`;
  }
  if (/^\d+$/.test(expected) && typeof value === "string") return `Write ${expected} without quotes.`;
  if (expected === "a list" && (typeof value === "string" || scalar))
    return `Write a list: [${JSON.stringify(value)}].`;
  return undefined;
}

function bound(
  issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall,
  path: Path,
  value: unknown,
  findings: Findings,
): void {
  const limit = String(issue.code === "too_big" ? issue.maximum : issue.minimum);
  const word = issue.code === "too_big" ? "at most" : "at least";
  const name = field(path);
  if (issue.origin === "string") {
    const length = typeof value === "string" ? value.length : 0;
    findings.add("schema/too-long", path, `${name} has ${length} characters; ${limit} are allowed.`, {
      suggestion: `Shorten it to ${limit} characters.`,
    });
  } else if (issue.origin === "array") {
    const length = Array.isArray(value) ? value.length : 0;
    const code = issue.code === "too_big" ? "schema/too-many" : "schema/too-few";
    findings.add(code, path, `${name} has ${length} entries; it must have ${word} ${limit}.`, {
      suggestion: issue.code === "too_small" ? `Add one to ${name}, or leave the field out if it may be.` : undefined,
    });
  } else {
    findings.add("schema/out-of-range", path, `${name} is ${show(value)}; it must be ${word} ${limit}.`, {
      suggestion: `Use ${limit}.`,
    });
  }
}

/** Where a field belongs that is often written at another level. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  sql: "params",
  sql_uri: "params",
  jar_uri: "params",
  manifest: "params",
  success_condition: "params",
  failure_condition: "params",
  parallelism: "params",
  streaming: "params",
  workers: "params",
  max_workers: "params",
  idle_sec: "params",
  cpu: "resources",
  mem: "resources",
  memory: "resources",
  gpu: "resources",
  max_runtime: "slo",
  priority: "slo",
};

const SYNONYMS: Readonly<Record<string, string>> = {
  memory: "mem",
  inputs: "ins",
  outputs: "outs",
  name: "id",
  type: "kind",
  max_retries: "max_attempts",
  retries: "max_attempts",
  attempts: "max_attempts",
  backoff: "backoff_sec",
  environment: "env",
  gpus: "gpu",
  cpus: "cpu",
  source: "from",
  target: "to",
};

export function unknownField(path: Path, key: string, known: readonly string[], findings: Findings): void {
  const near = findings.areMany ? undefined : nearest(key, known);
  const synonym = SYNONYMS[key];
  const parent = ELSEWHERE[key];
  let suggestion = `Allowed are ${oneOf(known, 24)}.`;
  if (near !== undefined) suggestion = `Did you mean ${near}?`;
  else if (synonym !== undefined && known.includes(synonym)) suggestion = `Did you mean ${synonym}?`;
  else if (parent !== undefined && known.includes(parent)) suggestion = `Put it under ${parent}: ${parent}.${key}.`;
  findings.add("schema/unknown-field", path, `There is no field ${JSON.stringify(key)} here.`, {
    atKey: true,
    suggestion,
  });
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = isMapping(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
