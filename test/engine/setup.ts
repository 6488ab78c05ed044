import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { ensureTools } from "../../local/toolchain/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of the previews that the engine's tests share. */
    previews: string;
  }
}

/** The engine itself, once, before any test of it starts counting its time; and a folder for what its tests share. */
export default async function setup(project: TestProject): Promise<() => void> {
  const { pulumi } = await ensureTools(["pulumi", "pulumi-language-nodejs"]);
  console.log(`pulumi ${pulumi.version} (${pulumi.source})`);
  const previews = mkdtempSync(join(tmpdir(), "orch-engine-"));
  project.provide("previews", previews);
  return () => rmSync(previews, { recursive: true, force: true });
}
