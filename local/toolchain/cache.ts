import { createHash } from "node:crypto";
import { access, constants, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";

/**
 * Where tools are kept, for all checkouts of one user: `ORCH_CACHE`, else `orch` under `XDG_CACHE_HOME`, else `~/.cache/orch`.
 * @param env the environment to read, the process's own by default
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env.ORCH_CACHE) return env.ORCH_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "orch");
}

/** Creates the cache folder, or says why it cannot be written and what to set instead. */
export async function openCache(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await access(root, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`The tool cache ${root} cannot be written: ${reason}`, {
      hint: "Make the folder writable, or name another one with ORCH_CACHE=/path/to/folder.",
      exitCode: 2,
      cause,
    });
  }
}

const receipt = z.object({
  version: z.string(),
  /** Digest of everything that decides what is in the folder. */
  fingerprint: z.string(),
  /** Bytes per file. */
  files: z.record(z.string(), z.number()),
});

/** What lies in one folder of the cache. It is written last, so a folder without it is incomplete. */
export type Receipt = z.infer<typeof receipt>;

const receiptFile = ".receipt.json";

export async function readReceipt(folder: string): Promise<Receipt | undefined> {
  try {
    return receipt.parse(JSON.parse(await readFile(join(folder, receiptFile), "utf8")));
  } catch {
    // Absent, cut off or of an older form: all of them mean that the folder has to be made again.
    return undefined;
  }
}

export async function writeReceipt(folder: string, contents: Receipt): Promise<void> {
  await writeAtomically(join(folder, receiptFile), JSON.stringify(contents, undefined, 2));
}

/** Readers see the old file or the new one, never half of one. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, file);
}

/** Whether a file of the receipt is there, whole and made from the same pins. */
export async function holds(folder: string, file: string, known: Receipt | undefined, fingerprint: string) {
  if (known?.fingerprint !== fingerprint) return false;
  const bytes = known.files[file];
  if (bytes === undefined) return false;
  const found = await stat(join(folder, file)).catch(() => undefined);
  return found?.size === bytes;
}

export function digest(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(part);
    hash.update("\0");
  }
  return hash.digest("hex");
}
