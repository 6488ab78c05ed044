import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { planLocalNodes } from "../../components/cluster/pools.ts";
import {
  type Environment,
  type EnvironmentEvent,
  environmentStatus,
  resetEnvironment,
  startEnvironment,
  stopEnvironment,
  type ToolPaths,
} from "../../local/cluster/index.ts";
import { ensureLocalTools } from "../../local/environment-tools.ts";

let tools: ToolPaths;
const folders: string[] = [];
const NODES = planLocalNodes({ cpu: 1, cpu_spot: 0, gpu: 0, gpu_spot: 0, system: 0 });

beforeAll(async () => {
  tools = (await ensureLocalTools()).environment;
});

afterAll(async () => {
  for (const folder of folders) await resetEnvironment(folder);
});

function stateDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "orch-environment-"));
  folders.push(folder);
  return folder;
}

/** Pids of processes whose command line names the folder: everything of one environment does. */
function processesOf(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean, what: string, timeoutMillis = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMillis;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(50);
  }
}

function pidOf(folder: string, name: string): number {
  const pid = environmentStatus(folder).processes.find((process) => process.name === name)?.pid;
  if (pid === undefined) throw new Error(`no ${name} in ${folder}`);
  return pid;
}

describe("one environment", () => {
  const folder = stateDir();
  const events: EnvironmentEvent[] = [];
  let environment: Environment;

  beforeAll(async () => {
    environment = await startEnvironment({
      stateDir: folder,
      tools,
      nodes: NODES,
      onEvent: (event) => events.push(event),
    });
  });

  test("is running, with the controllers waiting for their definitions", () => {
    const status = environmentStatus(folder);
    expect(status.state).toBe("running");
    const states = Object.fromEntries(status.processes.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({
      etcd: "ready",
      "kube-apiserver": "ready",
      "kube-controller-manager": "ready",
      "kube-scheduler": "ready",
      kwok: "ready",
      "workflow-controller": "waiting",
      kueue: "waiting",
    });
    expect(status.processes.find(({ name }) => name === "kueue")?.waitingFor).toContain("CRDs");
  });

  test("is not started a second time over itself", async () => {
    await expect(startEnvironment({ stateDir: folder, tools, nodes: NODES })).rejects.toThrow(/runs already/);
    expect(environmentStatus(folder).state).toBe("running");
  });

  test("reports a process that is killed, with the end of its log", async () => {
    process.kill(pidOf(folder, "kube-scheduler"), "SIGKILL");
    await until(() => events.some(({ kind }) => kind === "failure"), "a report of the failure");
    const failure = events.flatMap((event) => (event.kind === "failure" ? [event.failure] : []))[0];
    expect(failure).toMatchObject({ process: "kube-scheduler", reason: "signal SIGKILL" });
    expect(failure?.lastLines.length).toBeGreaterThan(0);
    const status = environmentStatus(folder);
    expect(status.state).toBe("degraded");
    expect(status.processes.find(({ name }) => name === "kube-scheduler")).toMatchObject({ state: "failed", failure });
  });

  test("leaves no process behind when it is stopped", async () => {
    expect(processesOf(folder).length).toBeGreaterThan(4);
    await environment.stop();
    expect(processesOf(folder)).toEqual([]);
    expect(environmentStatus(folder).state).toBe("absent");
  });

  test("comes back at the same address after a stop", async () => {
    const again = await startEnvironment({ stateDir: folder, tools, nodes: NODES });
    expect(again.server).toBe(environment.server);
    expect(environmentStatus(folder).state).toBe("running");
    await again.stop();
    expect(processesOf(folder)).toEqual([]);
  });
});

describe("when something is killed", () => {
  let starter: ChildProcess | undefined;

  afterEach(() => {
    starter?.kill("SIGKILL");
  });

  /** A program that starts an environment and stays: the parent that may die. */
  async function startIn(folder: string, lifetime: "attached" | "detached"): Promise<ChildProcess> {
    const child = fork(join(import.meta.dirname, "environment-starter.ts"), [folder, lifetime, JSON.stringify(tools)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    starter = child;
    await new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", (code) => reject(new Error(`the starter ended with ${code}`)));
    });
    return child;
  }

  test("an attached environment ends with its parent, even by SIGKILL", async () => {
    const folder = stateDir();
    const parent = await startIn(folder, "attached");
    expect(processesOf(folder).length).toBeGreaterThan(4);
    parent.kill("SIGKILL");
    await until(() => processesOf(folder).length === 0, "every process gone");
    expect(environmentStatus(folder).state).toBe("absent");
  });

  test("nothing outlives a supervisor that is killed, and the next start cleans up", async () => {
    const folder = stateDir();
    await startIn(folder, "detached");
    const record = JSON.parse(readFileSync(join(folder, "environment.json"), "utf8")) as {
      supervisor: { pid: number };
    };
    process.kill(record.supervisor.pid, "SIGKILL");
    await until(() => processesOf(folder).filter((pid) => pid !== starter?.pid).length === 0, "every process gone");
    const again = await startEnvironment({ stateDir: folder, tools, nodes: NODES });
    expect(environmentStatus(folder).state).toBe("running");
    await again.stop();
  });

  test("a detached environment outlives its parent and is stopped by its folder", async () => {
    const folder = stateDir();
    const parent = await startIn(folder, "detached");
    parent.kill("SIGKILL");
    await until(() => parent.exitCode !== null || parent.signalCode !== null, "the parent gone");
    expect(environmentStatus(folder).state).toBe("running");
    await stopEnvironment(folder);
    expect(processesOf(folder)).toEqual([]);
  });
});

test("two environments run side by side and one's end leaves the other alone", async () => {
  const [first, second] = [stateDir(), stateDir()];
  const [a, b] = await Promise.all(
    [first, second].map((folder) => startEnvironment({ stateDir: folder, tools, nodes: NODES })),
  );
  expect(a?.server).not.toBe(b?.server);
  await a?.stop();
  expect(environmentStatus(second).state).toBe("running");
  expect(processesOf(first)).toEqual([]);
  await b?.stop();
});

test("a reset leaves neither processes nor files of the environment, and a file of somebody else", async () => {
  const folder = stateDir();
  await startEnvironment({ stateDir: folder, tools, nodes: NODES });
  writeFileSync(join(folder, "notes.txt"), "mine");
  await resetEnvironment(folder);
  expect(processesOf(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual(["notes.txt"]);
  rmSync(folder, { recursive: true });
});

test("a tool that does not start is reported with its last words, and nothing stays", async () => {
  const folder = stateDir();
  const broken = { ...tools, etcd: "/nowhere/etcd" };
  await expect(startEnvironment({ stateDir: folder, tools: broken, nodes: NODES })).rejects.toThrow(
    /etcd did not start: exit code 127[\s\S]*\/nowhere\/etcd/,
  );
  expect(processesOf(folder)).toEqual([]);
});

test("an interrupted start leaves nothing behind, and the next start works", async () => {
  const folder = stateDir();
  const controller = new AbortController();
  const start = startEnvironment({
    stateDir: folder,
    tools,
    nodes: NODES,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind === "process" && event.process.name === "kube-apiserver" && event.process.state === "starting") {
        controller.abort(new Error("Ctrl-C"));
      }
    },
  });
  await expect(start).rejects.toThrow("Ctrl-C");
  expect(processesOf(folder)).toEqual([]);
  const again = await startEnvironment({ stateDir: folder, tools, nodes: NODES });
  expect(environmentStatus(folder).state).toBe("running");
  await again.stop();
});
