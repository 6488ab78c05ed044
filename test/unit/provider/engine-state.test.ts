import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPulumiFolder, type PulumiFolder, pulumiFolder } from "../../../local/engine/pulumi-folder.ts";
import { prepareStackConfig, returnStackConfig, usesCrds } from "../../../local/engine/stack-config.ts";
import { readStackState, releaseStaleLocks } from "../../../local/engine/state-file.ts";

let root: string;
let folder: PulumiFolder;
let project: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "orch-engine-state-"));
  folder = pulumiFolder(join(root, "state"));
  createPulumiFolder(folder);
  project = join(root, "project");
  mkdirSync(project);
  writeFileSync(join(project, "Pulumi.yaml"), "name: thing\nruntime: nodejs\n");
  writeFileSync(join(project, "Pulumi.local.yaml"), "# kept\nconfig:\n  thing:systems: {kueue: crds, argo: chart}\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the engine's folder", () => {
  test("is for its owner only, and the passphrase is drawn once", () => {
    expect(statSync(folder.root).mode & 0o777).toBe(0o700);
    expect(statSync(folder.passphraseFile).mode & 0o777).toBe(0o600);
    const first = readFileSync(folder.passphraseFile, "utf8");
    expect(first.length).toBeGreaterThanOrEqual(43);
    createPulumiFolder(folder);
    expect(readFileSync(folder.passphraseFile, "utf8")).toBe(first);
  });
});

describe("a stack's configuration", () => {
  const salted = () => {
    const config = prepareStackConfig(folder, project, "local");
    writeFileSync(config.file, `encryptionsalt: v1:abc\n${readFileSync(config.file, "utf8")}`);
    return config;
  };

  test("is copied for the environment, whose salt never reaches the checkout", () => {
    const config = salted();
    expect(readFileSync(prepareStackConfig(folder, project, "local").file, "utf8")).toMatch(/encryptionsalt: v1:abc/);
    returnStackConfig(config, project, "local");
    expect(readFileSync(join(project, "Pulumi.local.yaml"), "utf8")).toBe(
      "# kept\nconfig:\n  thing:systems: {kueue: crds, argo: chart}\n",
    );
  });

  test("a salt that lies in the checkout is of another environment", () => {
    writeFileSync(join(project, "Pulumi.local.yaml"), "encryptionsalt: v1:other\nconfig: {}\n");
    expect(readFileSync(prepareStackConfig(folder, project, "local").file, "utf8")).not.toMatch(/encryptionsalt/);
  });

  test("what `config set` changed goes back, comments stay", () => {
    const config = salted();
    writeFileSync(config.file, readFileSync(config.file, "utf8").replace("config:", "config:\n  thing:added: value"));
    returnStackConfig(config, project, "local");
    const text = readFileSync(join(project, "Pulumi.local.yaml"), "utf8");
    expect(text).toMatch(/^# kept/);
    expect(text).toMatch(/thing:added: value/);
  });

  test("definitions are needed where a system is installed as such", () => {
    expect(usesCrds(project, "local")).toBe(true);
    expect(usesCrds(project, "dev")).toBe(false);
  });
});

describe("locks and unfinished operations", () => {
  const locks = () => join(folder.backend, ".pulumi/locks/organization/thing/local");
  const lock = (pid: number, host = hostname()) => {
    mkdirSync(locks(), { recursive: true });
    writeFileSync(join(locks(), "one.json"), JSON.stringify({ pid, hostname: host, username: "u" }));
  };

  test("a lock whose process is gone is taken away", () => {
    // No process has this number: it is above the highest one Linux gives.
    lock(2 ** 22 + 1);
    releaseStaleLocks(folder, "thing", "local");
    expect(existsSync(join(locks(), "one.json"))).toBe(false);
  });

  test("a lock whose process is there keeps a second update out", () => {
    lock(process.pid);
    expect(() => releaseStaleLocks(folder, "thing", "local")).toThrow(/Another update of stack local is running/);
    lock(1, "another-machine");
    expect(() => releaseStaleLocks(folder, "thing", "local")).toThrow(/another-machine/);
  });

  test("a lock that cannot be read is of nobody", () => {
    mkdirSync(locks(), { recursive: true });
    writeFileSync(join(locks(), "one.json"), "");
    releaseStaleLocks(folder, "thing", "local");
    expect(existsSync(join(locks(), "one.json"))).toBe(false);
  });

  test("unfinished operations are read from the state", () => {
    expect(readStackState(folder, "thing", "local")).toEqual({ exists: false, resources: 0, pending: [] });
    mkdirSync(join(folder.backend, ".pulumi/stacks/thing"), { recursive: true });
    const urn = "urn:pulumi:local::thing::kubernetes:core/v1:ConfigMap::a";
    const state = {
      version: 3,
      checkpoint: {
        latest: {
          resources: [],
          pending_operations: [{ type: "creating", resource: { urn, type: "kubernetes:core/v1:ConfigMap" } }],
        },
      },
    };
    writeFileSync(join(folder.backend, ".pulumi/stacks/thing/local.json"), JSON.stringify(state));
    expect(readStackState(folder, "thing", "local")).toEqual({
      exists: true,
      resources: 0,
      pending: [{ type: "creating", urn }],
    });
  });
});
