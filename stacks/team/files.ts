import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { keysOf } from "../configuration.ts";
import { PROJECT } from "./project.ts";

/** A team's stack file as it stands in the folder, not yet checked. */
export interface TeamFile {
  /** Name of the stack: what stands between `Pulumi.` and `.yaml`. */
  readonly stack: string;
  /** Keys without the project's prefix. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** All team files of a folder, in the order of their names. */
export function readTeamFiles(folder: string): TeamFile[] {
  return readdirSync(folder)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort()
    .map((stack) => {
      const settings: { config?: Record<string, unknown> } | null = parse(
        readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8"),
      );
      return { stack, raw: keysOf(PROJECT, settings?.config ?? {}) };
    });
}

/** Those of one environment: their platform is the same. */
export const ofPlatform = (files: readonly TeamFile[], platform: unknown): TeamFile[] =>
  files.filter(({ raw }) => raw.platform === platform);
