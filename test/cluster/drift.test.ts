import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, NetworkingV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { applyPlatform, destroyPlatform } from "../../local/engine/index.ts";
import { reviewDrift } from "../../review/drift/review-drift.ts";

const root = new URL("../../", import.meta.url).pathname;
let config: KubeConfig;
beforeAll(() => {
  config = new KubeConfig();
  config.loadFromFile(inject("kubeconfig"));
});

describe("npm run check:drift on the platform of the embedded environment", () => {
  function checkDrift() {
    const args = ["review/check-drift.ts", "--stack", "orchestration-layer/local", "--state", inject("stateDir")];
    const { ORCH_KUBECONFIG: _, ...env } = process.env;
    return spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
  }

  test("finds nothing where only controllers were at work", () => {
    const { stdout, status } = checkDrift();
    expect(stdout).toContain("✅ Everything is as the last update left it");
    expect(stdout).toMatch(/\*\*0 changed by another hand, 0 deleted\*\*, \d\d+ as they were left/);
    expect(status).toBe(0);
  });

  test("finds the field that somebody changed by hand, and nothing else; exit code 1", async () => {
    const network = config.makeApiClient(NetworkingV1Api);
    const policy = { name: "allow-api-server", namespace: "orchestr" };
    const right = await network.readNamespacedNetworkPolicy(policy);
    const change = async (policyTypes: string[] | undefined) => {
      const live = await network.readNamespacedNetworkPolicy(policy);
      await network.replaceNamespacedNetworkPolicy({
        ...policy,
        body: { ...live, spec: { ...live.spec, policyTypes } },
      });
    };
    await change(["Ingress"]);
    const { stdout, status } = checkDrift();
    await change(right.spec?.policyTypes);
    expect(stdout).toContain("❌ Not as the last update left it: `orchestration-layer/local`");
    expect(stdout).toContain("**1 changed by another hand, 0 deleted**");
    expect(stdout).toContain(
      "| `kubernetes:networking.k8s.io/v1:NetworkPolicy` | `orchestr-allow-api-server` | `spec.policyTypes[0]` |",
    );
    expect(status).toBe(1);
    expect(checkDrift().status).toBe(0);
  });
});

describe("a stack of somebody's own", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "orch-drift-"));
  afterAll(() => rmSync(stateDir, { recursive: true, force: true }));
  const projects = join(root, "test", "fixtures", "pulumi");
  const options = () => ({
    ...({ stateDir, projectDir: join(projects, "basic"), stack: "dev", plugins: "ours", crds: false } as const),
    config: { kubeconfig: inject("kubeconfig") },
  });
  const drift = async () => {
    const [found] = await reviewDrift({
      ...{ root: projects, stacks: ["basic/dev"], stateDir, kubeconfig: undefined },
      progress: { step: (_, work) => work() },
      signal: new AbortController().signal,
    });
    return found;
  };

  test("tells what was deleted and what was changed by their names, and no value, not even a secret's", async () => {
    const { outputs } = await applyPlatform(options());
    expect((await drift())?.drift.resources).toEqual([]);
    const core = config.makeApiClient(CoreV1Api);
    const namespace = String(outputs.namespaceName);
    await core.deleteNamespacedConfigMap({ name: String(outputs.settingsName), namespace });
    const { items } = await core.listNamespacedSecret({ namespace });
    const secret = items.find(({ metadata }) => metadata?.name?.startsWith("secret-"));
    await core.replaceNamespacedSecret({
      ...{ name: secret?.metadata?.name ?? "", namespace },
      body: { ...secret, data: { password: Buffer.from("changed-by-hand").toString("base64") } },
    });
    const found = await drift();
    const shown = found?.drift.resources.map(({ kind, type, name }) => `${kind} ${type.split(":").at(-1)} ${name}`);
    expect(shown).toEqual(["changed Secret secret", "deleted ConfigMap settings"]);
    expect(JSON.stringify(found)).not.toMatch(/changed-by-hand|Y2hhbmdlZC1ieS1oYW5k/);
    await destroyPlatform(options());
  });

  test("that was never applied is not taken for one without drift", async () => {
    await rm(stateDir);
    await expect(drift()).rejects.toThrow(/There is no state of basic\/dev/);
  });
});

const rm = async (path: string) => rmSync(join(path, "pulumi", "backend"), { recursive: true, force: true });
