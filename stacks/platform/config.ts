import type { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";
import { consistency, type Finding } from "./consistency.ts";
import { PROJECT } from "./keys.ts";
import { type ConfigKey, EXAMPLES, type PlatformConfig, SHAPE } from "./schema.ts";

const KEYS = Object.keys(SHAPE) as ConfigKey[];

/**
 * Raw configuration -> typed configuration.
 *
 * @param raw value of each key, without the project's prefix
 * @throws UserError that names every mistake at once: the key, what is allowed, an example
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>): PlatformConfig {
  const findings: Finding[] = unknownKeys(raw);
  const parsed: Partial<Record<ConfigKey, unknown>> = {};
  for (const key of KEYS) {
    const result = SHAPE[key].safeParse(raw[key]);
    if (result.success) parsed[key] = result.data;
    else findings.push(...result.error.issues.map((issue) => found(key, issue, raw[key])));
  }
  const config = parsed as Partial<PlatformConfig>;
  findings.push(...consistency(config));
  if (findings.length > 0) throw wrongConfig(findings);
  return config as PlatformConfig;
}

function unknownKeys(raw: Readonly<Record<string, unknown>>): Finding[] {
  return Object.keys(raw)
    .filter((key) => !(KEYS as string[]).includes(key))
    .map((key) => ({ path: [key], message: `no such key; there are ${KEYS.join(", ")}` }));
}

function found(key: ConfigKey, issue: z.core.$ZodIssue, value: unknown): Finding {
  const path = [key, ...issue.path.map(String)];
  if (value === undefined) return { path, message: "must be given" };
  if (issue.code === "unrecognized_keys") return { path, message: `no such field: ${issue.keys.join(", ")}` };
  return { path, message: issue.message };
}

function wrongConfig(findings: readonly Finding[]): UserError {
  const lines = findings.map(({ path, message }) => `  ${PROJECT}:${path.join(".")}  ${message}`);
  const keys = [...new Set(findings.map(({ path }) => path[0]))].filter((key) => key !== undefined && key in EXAMPLES);
  const examples = keys.map((key) => `  ${PROJECT}:${key}: ${JSON.stringify(EXAMPLES[key as ConfigKey])}`);
  return new UserError(
    `The stack's configuration has ${findings.length === 1 ? "a mistake" : `${findings.length} mistakes`}:\n${lines.join("\n")}`,
    { hint: examples.length === 0 ? undefined : `What is right looks like this:\n${examples.join("\n")}` },
  );
}
