import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { applyPlatform, destroyPlatform, previewPlatform, refreshPlatform } from "../../local/engine/index.ts";

/** The fixture program `basic`, through the real engine, on the shared environment. */
const stateDir = mkdtempSync(join(tmpdir(), "orch-engine-"));
const options = (config: Record<string, string> = {}) => ({
  stateDir,
  projectDir: fileURLToPath(new URL("../fixtures/pulumi/basic", import.meta.url)),
  stack: "test",
  plugins: "ours" as const,
  crds: false,
  config: { kubeconfig: inject("kubeconfig"), hang: "false", ...config },
});

let cluster: KubernetesObjectApi;
beforeAll(() => {
  const config = new KubeConfig();
  config.loadFromFile(inject("kubeconfig"));
  cluster = KubernetesObjectApi.makeApiClient(config);
});
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const isThere = (kind: string, name: string, namespace?: string) =>
  cluster.read({ apiVersion: "v1", kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } }).then(
    () => true,
    () => false,
  );

/** Processes that work for this test's engine: engine, language host, program and plugins all carry its variables. */
function enginesLeft(): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const ours = readFileSync(`/proc/${pid}/environ`, "utf8").includes(stateDir);
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return ours && command !== "" ? [{ pid: Number(pid), command }] : [];
      } catch {
        return [];
      }
    });
}

describe("a stack on the embedded environment", () => {
  let outputs: Readonly<Record<string, unknown>>;

  test("is previewed, applied, and then has nothing left to change", async () => {
    expect((await previewPlatform(options())).changes).toEqual({ create: 9 });
    const first = await applyPlatform(options());
    expect(first.changes).toEqual({ create: 9 });
    outputs = first.outputs;
    expect(await isThere("ConfigMap", String(outputs.settingsName), String(outputs.namespaceName))).toBe(true);
    expect((await applyPlatform(options())).changes).toEqual({ same: 9 });
  });

  test("an update that is interrupted leaves no process and no lock, and the next one works", async () => {
    const interrupt = new AbortController();
    const interrupted = applyPlatform({
      ...options({ hang: "true", greeting: "changed" }),
      signal: interrupt.signal,
      onResource: (event) => {
        if (event.name === "never" && event.state === "started") interrupt.abort(new Error("interrupted by the test"));
      },
    });
    await expect(interrupted).rejects.toThrow("interrupted by the test");
    expect(enginesLeft()).toEqual([]);
    expect((await applyPlatform(options({ greeting: "changed" }))).changes).toMatchObject({ same: 9 });
  });

  test("an engine that is killed takes its plugins with it, and the next update takes up what it had made", async () => {
    const killed = applyPlatform({
      ...options({ hang: "true", greeting: "killed" }),
      onResource: (event) => {
        if (event.name !== "never" || event.state !== "started") return;
        const engine = enginesLeft().find(({ command }) => command.includes("bin/pulumi up"));
        if (engine !== undefined) process.kill(engine.pid, "SIGKILL");
      },
    });
    await expect(killed).rejects.toThrow(/could not be applied/);
    await vi.waitUntil(() => enginesLeft().length === 0, { timeout: 60_000, interval: 200 });
    expect((await applyPlatform(options({ greeting: "killed" }))).changes.same).toBeGreaterThanOrEqual(8);
  });

  test("what another hand deleted is noticed by a refresh and made again", async () => {
    await cluster.delete({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: String(outputs.settingsName), namespace: String(outputs.namespaceName) },
    });
    expect((await refreshPlatform(options({ greeting: "killed" }))).changes).toMatchObject({ delete: 1 });
    expect((await applyPlatform(options({ greeting: "killed" }))).changes).toMatchObject({ create: 1, same: 8 });
  });

  test("is destroyed to the last object, the namespace included", async () => {
    expect((await destroyPlatform(options())).changes).toEqual({ delete: 9 });
    expect(await isThere("Namespace", String(outputs.namespaceName))).toBe(false);
  });
});
