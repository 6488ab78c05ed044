import { dirname } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";
import { type Project, type Stack, stackIn, stackName } from "./projects.ts";

/** A project and what its program is made of. */
export interface Program extends Project {
  /** The files that the program loads, from the checkout's root. */
  readonly sources: ReadonlySet<string>;
}

export interface TouchedStack {
  readonly stack: Stack;
  /** The changed files that touch it, in their order. */
  readonly because: readonly string[];
}

/**
 * The stacks that a change touches: those of every program that loads a changed file or reads one that lies beside what it loads,
 * a stack's own configuration and that of the stack it builds on, and all of them for a policy pack or another version of a
 * dependency. Documentation and tests touch none.
 *
 * @param changed paths from the checkout's root, those of deleted files too
 * @param judges the files that the policy packs load, from the checkout's root
 */
export function touchedStacks(
  changed: readonly string[],
  programs: readonly Program[],
  judges: ReadonlySet<string>,
): TouchedStack[] {
  const paths = changed.filter((path) => !isBeside(path)).sort();
  return programs.flatMap((program) =>
    program.stacks.flatMap((stack) => {
      const because = paths.filter((path) => judges.has(path) || touches(path, program, stack));
      return because.length === 0 ? [] : [{ stack, because }];
    }),
  );
}

/**
 * Stacks by their names, `project/stack`.
 *
 * @throws UserError when there is none of such a name
 */
export function namedStacks(names: readonly string[], projects: readonly Project[]): Stack[] {
  const all = projects.flatMap(({ stacks }) => stacks);
  const missing = names.filter((name) => !all.some((stack) => stackName(stack) === name));
  if (missing.length > 0)
    throw new UserError(`There is no stack ${missing.join(", ")}.`, {
      hint: `There are ${all.map(stackName).join(", ")}.`,
      exitCode: 2,
    });
  return all.filter((stack) => names.includes(stackName(stack)));
}

/** Nothing that exists follows from it. */
const isBeside = (path: string): boolean => /^(test|\.github|\.ci)\//.test(path) || /(\.md|(^|\/)LICENSE)$/.test(path);

/** What every program stands on. */
const FOUNDATION: ReadonlySet<string> = new Set(["package.json", "package-lock.json"]);

function touches(path: string, program: Program, stack: Stack): boolean {
  if (FOUNDATION.has(path)) return true;
  const [, environment] = /^policies\/[^/]+\/config\/([^/]+)\.json$/.exec(path) ?? [];
  if (environment !== undefined) return environment === stack.environment;
  if (path.startsWith("policies/")) return true;
  if (/(^|\/)Pulumi\.yaml$/.test(path)) return dirname(path) === program.folder;
  if (stackIn(path) !== undefined) return path === stack.file || stack.references.includes(path);
  return program.sources.has(path) || isReadBy(program, path);
}

/** Code that no program loads does nothing; other files lie with the code that reads them: Rego, evidence, dashboards. */
function isReadBy({ sources }: Program, path: string): boolean {
  if (/\.[cm]?[jt]sx?$/.test(path)) return false;
  const folders = new Set([...sources].map((source) => dirname(source)));
  // Up to the room, `components/security` or `stacks/release`: what lies above is everybody's.
  for (let folder = dirname(path); folder.includes("/"); folder = dirname(folder)) if (folders.has(folder)) return true;
  return false;
}
