import type { z } from "zod";
import { UserError } from "../submission/spec/user-error.ts";

/** One thing that is wrong, and the key it is wrong at. */
export interface Finding {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a stack's configuration may say. */
export interface ConfigurationRules<Shape extends Record<string, z.ZodType>> {
  /** The project's name, which is also the prefix of its keys. */
  readonly project: string;
  /** One entry per key. */
  readonly shape: Shape;
  /** A value that is right, per key; shown beside an error. */
  readonly examples: Readonly<Record<keyof Shape & string, unknown>>;
  /** What no single key can tell. Keys that did not parse are left out of what it is given. */
  readonly consistency: (config: Partial<Configuration<Shape>>) => readonly Finding[];
}

export type Configuration<Shape extends Record<string, z.ZodType>> = {
  readonly [Key in keyof Shape]: z.output<Shape[Key]>;
};

/**
 * Raw configuration -> typed configuration.
 *
 * @param raw value of each key, without the project's prefix
 * @throws UserError that names every mistake at once: the key, what is allowed, an example
 */
export function parseConfiguration<Shape extends Record<string, z.ZodType>>(
  rules: ConfigurationRules<Shape>,
  raw: Readonly<Record<string, unknown>>,
): Configuration<Shape> {
  const findings: Finding[] = unknownKeys(Object.keys(rules.shape), raw);
  const parsed: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(rules.shape)) {
    const result = schema.safeParse(raw[key]);
    if (result.success) parsed[key] = result.data;
    else findings.push(...result.error.issues.map((issue) => found(key, issue, raw[key])));
  }
  findings.push(...rules.consistency(parsed as Partial<Configuration<Shape>>));
  if (findings.length > 0) throw wrongConfiguration(rules.project, rules.examples, findings);
  return parsed as Configuration<Shape>;
}

function unknownKeys(keys: readonly string[], raw: Readonly<Record<string, unknown>>): Finding[] {
  return Object.keys(raw)
    .filter((key) => !keys.includes(key))
    .map((key) => ({ path: [key], message: `no such key; there are ${keys.join(", ")}` }));
}

function found(key: string, issue: z.core.$ZodIssue, value: unknown): Finding {
  const path = [key, ...issue.path.map(String)];
  if (value === undefined) return { path, message: "must be given" };
  if (issue.code === "unrecognized_keys") return { path, message: `no such field: ${issue.keys.join(", ")}` };
  return { path, message: issue.message };
}

/** Every mistake with its key, and what is right for each key that has one. */
export function wrongConfiguration(
  project: string,
  examples: Readonly<Record<string, unknown>>,
  findings: readonly Finding[],
): UserError {
  const lines = findings.map(({ path, message }) => `  ${project}:${path.join(".")}  ${message}`);
  const keys = [...new Set(findings.map(({ path }) => path[0]))].filter((key) => key !== undefined && key in examples);
  const right = keys.map((key) => `  ${project}:${key}: ${JSON.stringify(examples[key ?? ""])}`);
  return new UserError(
    `The stack's configuration has ${findings.length === 1 ? "a mistake" : `${findings.length} mistakes`}:\n${lines.join("\n")}`,
    { hint: right.length === 0 ? undefined : `What is right looks like this:\n${right.join("\n")}` },
  );
}

/**
 * A project's own keys without their prefix. A plain value is text to the engine, and Pulumi writes it back to the stack's
 * file as text (`"3"`): text that is JSON is read as what it says, any other stays what it is (`us-east-1`).
 */
export function keysOf(project: string, all: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), typeof value === "string" ? parseText(value) : value]),
  );
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
