import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { satisfies } from "semver";
import type { Tool, ToolName } from "./catalog.ts";
import { TOOLS, toolOf } from "./catalog.ts";

export interface FoundOnPath {
  readonly path: string;
  readonly version: string;
}

/** Runs a program and gives what it printed; throws when it cannot be run. */
export type AskVersion = (file: string, args: readonly string[]) => Promise<string>;

/** The first version number in what a program printed, without its `v`. */
export function readVersion(printed: string): string | undefined {
  return /(?<![\d.])v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)/.exec(printed)?.[1];
}

/** A build between releases (`3.7.0-dev`) is not what a range of releases promises. */
export function versionFits(version: string, range: string): boolean {
  return satisfies(version, range);
}

/**
 * Looks for a tool of the user's own in each folder of PATH and takes the first with a right version.
 * @param path the value of PATH; nothing turns the search off
 */
export async function findOnPath(
  name: ToolName,
  path: string | undefined,
  ask: AskVersion,
): Promise<FoundOnPath | undefined> {
  const rule = toolOf(name).onPath;
  if (rule === undefined || path === undefined) return undefined;
  for (const folder of path.split(delimiter)) {
    if (folder === "") continue;
    const version = await versionIn(folder, name, ask);
    if (version === undefined) continue;
    if (rule.beside !== undefined && !(await isProgram(join(folder, rule.beside)))) continue;
    return { path: join(folder, name), version };
  }
  return undefined;
}

async function versionIn(folder: string, name: ToolName, ask: AskVersion): Promise<string | undefined> {
  const rule: Tool["onPath"] = TOOLS[name].onPath;
  const file = join(folder, name);
  if (rule === undefined || !(await isProgram(file))) return undefined;
  if (rule.ask === undefined) return rule.beside && versionIn(folder, rule.beside, ask);
  try {
    const version = readVersion(await ask(file, rule.ask));
    return version !== undefined && versionFits(version, rule.range) ? version : undefined;
  } catch {
    // Something of that name that does not answer is not the tool.
    return undefined;
  }
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
