import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { identify, isAlive, signalProcess } from "../../../local/cluster/process-identity.ts";

const children: ReturnType<typeof spawn>[] = [];

function sleeper(): ReturnType<typeof spawn> {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  children.push(child);
  return child;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

test("a running process is known by its pid and its start", () => {
  const { pid = 0 } = sleeper();
  const identity = identify(pid);
  expect(identity?.pid).toBe(pid);
  expect(identity && isAlive(identity)).toBe(true);
});

test("a process that ended is not alive, and no signal is sent to its pid", async () => {
  const child = sleeper();
  const identity = identify(child.pid ?? 0);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(identity && isAlive(identity)).toBe(false);
  expect(identity && signalProcess(identity, "SIGTERM")).toBe(false);
});

test("a later process with the same pid is not taken for the earlier one", () => {
  const child = sleeper();
  const identity = identify(child.pid ?? 0);
  const earlier = { pid: child.pid ?? 0, started: `1${identity?.started}` };
  expect(isAlive(earlier)).toBe(false);
  expect(signalProcess(earlier, "SIGKILL")).toBe(false);
  expect(identity && isAlive(identity)).toBe(true);
});

test("no process is found under a pid that cannot be", () => {
  expect(identify(2 ** 30)).toBeUndefined();
});
