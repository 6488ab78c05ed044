import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ensureTools, type ToolName } from "../../../local/toolchain/index.ts";

/** A folder that is gone after the test file; `files` by path below it. */
export function folderOf(files: Readonly<Record<string, string>>): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "orch-rego-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real program, from PATH, the cache, or built now. Neither its verdict nor its exit code is an error here. */
export async function run(tool: Extract<ToolName, "opa" | "conftest">, args: readonly string[]): Promise<Ran> {
  const { path } = (await ensureTools([tool]))[tool];
  return new Promise((resolve, reject) => {
    execFile(path, args, { maxBuffer: 64 * 1024 ** 2 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** A first build of either takes minutes on a small machine. */
export const BUILD_PATIENCE_MS = 900_000;
