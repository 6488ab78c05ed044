import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { writeAtomically } from "./cache.ts";
import type { AskVersion } from "./path-lookup.ts";

const answers = z.record(z.string(), z.object({ bytes: z.number(), changed: z.number(), printed: z.string() }));

/** Some programs want a home folder or a cluster to answer; none of them needs longer than this. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Runs the program itself. Versions are printed to either stream. */
export const askProgram: AskVersion = async (file, args) => {
  const { stdout, stderr } = await promisify(execFile)(file, args, { timeout: ANSWER_TIMEOUT_MS });
  return `${stdout}\n${stderr}`;
};

/**
 * Asks each program on PATH once and remembers its answer for as long as the file stays the same: starting six programs for their
 * versions takes longer than everything else on a second start.
 */
export async function rememberedVersions(cacheRoot: string, ask: AskVersion) {
  const file = join(cacheRoot, "versions-on-path.json");
  const known = await readAnswers(file);
  let changed = false;
  return {
    ask: (async (program, args) => {
      const { size, mtimeMs } = await stat(program);
      const before = known[program];
      if (before?.bytes === size && before.changed === mtimeMs) return before.printed;
      // A program that cannot answer is remembered too, as one that said nothing.
      const printed = await ask(program, args).catch(() => "");
      known[program] = { bytes: size, changed: mtimeMs, printed: printed.slice(0, 500) };
      changed = true;
      return printed;
    }) satisfies AskVersion,
    async save(): Promise<void> {
      if (changed) await writeAtomically(file, JSON.stringify(known));
    },
  };
}

async function readAnswers(file: string): Promise<z.infer<typeof answers>> {
  try {
    return answers.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return {};
  }
}
