import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";

/** A policy pack of the checkout. Every pack judges every stack: a rule has nothing to say of what is not its business. */
export interface Pack {
  readonly name: string;
  /** From the checkout's root. */
  readonly folder: string;
  /** File of the program, from the checkout's root. */
  readonly main: string;
  /** Files of its rules by the rule's name. */
  readonly rules: ReadonlyMap<string, string>;
  /** Files of its settings by environment. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Every pack of a checkout, in the order of their names. */
export function findPacks(root: string, files: readonly string[]): Pack[] {
  return files
    .filter((file) => /^policies\/[^/]+\/PulumiPolicy\.yaml$/.test(file))
    .sort()
    .map((file) => {
      const folder = dirname(file);
      const inFolder = (sub: string, end: string) =>
        new Map(
          files
            .filter((path) => dirname(path) === `${folder}/${sub}` && path.endsWith(end))
            .map((path) => [basename(path, end), path]),
        );
      const { main } = packageFile.parse(JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")));
      return {
        name: basename(folder),
        folder,
        main: join(folder, main),
        rules: inFolder("rules", ".ts"),
        settings: inFolder("config", ".json"),
      };
    });
}

const packageFile = z.looseObject({ main: z.string().default("index.js") });
const level = z.union([z.string(), z.looseObject({ enforcementLevel: z.string().optional() })]);

/** The level that an environment gives each rule of a pack, by rule or `all`; what it leaves out has the pack's own level. */
export type Levels = ReadonlyMap<string, string>;

/**
 * @param file settings of a pack, from the checkout's root; none: no level is set
 * @throws UserError when the file is no JSON
 */
export function readLevels(root: string, file: string | undefined): Levels {
  if (file === undefined) return new Map();
  try {
    const settings = z.record(z.string(), level).parse(JSON.parse(readFileSync(join(root, file), "utf8")));
    return new Map(
      Object.entries(settings).flatMap(([rule, value]) => {
        const set = typeof value === "string" ? value : value.enforcementLevel;
        return set === undefined ? [] : [[rule, set] as const];
      }),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`The settings ${file} cannot be read: ${why}`, { cause: error });
  }
}
