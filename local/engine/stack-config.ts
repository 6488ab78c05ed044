import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, parseDocument, stringify } from "yaml";
import type { PulumiFolder } from "./pulumi-folder.ts";

/** What the engine writes into a stack's file to find the key of its secrets again. It belongs to one environment. */
const ENCRYPTION_KEYS = ["encryptionsalt", "encryptedkey", "secretsprovider"] as const;

/**
 * A stack's configuration as one environment has it: the file of the checkout and the salt of this environment's
 * passphrase. Kept apart, so that no run changes a file of the checkout, and two environments share one.
 */
export interface StackConfig {
  /** A project of the same name whose stack files are the environment's own. */
  readonly folder: string;
  /** For `--config-file`. */
  readonly file: string;
}

export function prepareStackConfig(
  folder: PulumiFolder,
  projectDir: string,
  stack: string,
  more: Readonly<Record<string, string>> = {},
): StackConfig {
  const project = projectName(projectDir);
  const own = join(folder.root, "config", project);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  write(join(own, "Pulumi.yaml"), stringify({ name: project, runtime: "nodejs" }));
  const file = join(own, `Pulumi.${stack}.yaml`);
  const before = readSettings(file);
  const given = withoutEncryption(readSettings(checkoutFile(projectDir, stack)));
  const added = Object.fromEntries(
    Object.entries(more).map(([key, value]) => [key.includes(":") ? key : `${project}:${key}`, value]),
  );
  const wanted = { ...given, config: { ...entries(given), ...added }, ...onlyEncryption(before) };
  if (!isDeepStrictEqual(before, wanted)) write(file, stringify(wanted));
  return { folder: own, file };
}

/** After `config set` and the like: what changed goes into the checkout's file, its comments stay. */
export function returnStackConfig(config: StackConfig, projectDir: string, stack: string): void {
  const target = checkoutFile(projectDir, stack);
  const changed = withoutEncryption(readSettings(config.file));
  const text = existsSync(target) ? readFileSync(target, "utf8") : "";
  const document = parseDocument(text);
  const current = withoutEncryption(readSettings(target));
  if (isDeepStrictEqual(changed, current)) return;
  const [wanted, present] = [entries(changed), entries(current)];
  for (const key of Object.keys(present)) if (!(key in wanted)) document.deleteIn(["config", key]);
  for (const [key, value] of Object.entries(wanted))
    if (!isDeepStrictEqual(value, present[key])) document.setIn(["config", key], value);
  writeFileSync(target, document.toString());
}

export function projectName(projectDir: string): string {
  return String(readSettings(join(projectDir, "Pulumi.yaml")).name);
}

function checkoutFile(projectDir: string, stack: string): string {
  return join(projectDir, `Pulumi.${stack}.yaml`);
}

function readSettings(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  const settings: unknown = parse(readFileSync(file, "utf8"));
  return typeof settings === "object" && settings !== null ? { ...settings } : {};
}

function entries(settings: Record<string, unknown>): Record<string, unknown> {
  return typeof settings.config === "object" && settings.config !== null ? { ...settings.config } : {};
}

function withoutEncryption(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !ENCRYPTION_KEYS.some((name) => name === key)));
}

function onlyEncryption(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => ENCRYPTION_KEYS.some((name) => name === key)));
}

function write(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(file, text, { mode: 0o600 });
}

/** True when a system of the stack is installed as definitions only, which then have to be at hand. */
export function usesCrds(projectDir: string, stack: string): boolean {
  const systems = Object.entries(entries(readSettings(checkoutFile(projectDir, stack)))).find(([key]) =>
    key.endsWith(":systems"),
  )?.[1];
  return typeof systems === "object" && systems !== null && Object.values(systems).includes("crds");
}
