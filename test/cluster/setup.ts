import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bringUp } from "../../local/index.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Administrator's kubeconfig of the environment all cluster tests share. */
    kubeconfig: string;
    /** Its state folder. */
    stateDir: string;
  }
}

/** One embedded environment for all cluster tests, with the platform stack `local` applied. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = mkdtempSync(join(tmpdir(), "orch-test-"));
  const { environment } = await bringUp({
    stateDir,
    lifetime: "attached",
    onStage: (stage) => console.log(`embedded environment: ${stage}`),
  });
  project.provide("kubeconfig", environment.kubeconfig);
  project.provide("stateDir", stateDir);
  return async () => {
    await environment.stop();
    rmSync(stateDir, { recursive: true, force: true });
  };
}
