/**
 * What the submission service takes, beside `kubectl create` and `argo submit` of the compiled manifests against the same control plane
 * in the same run: a real etcd and API server with Argo's definitions and no controllers. The two are command lines: each gets all
 * manifests in one call, one process that lives as long as its work. `argo` holds itself to five requests a second after the first ten
 * (the Kubernetes client's default, for which it has no flag), so `kubectl create` is the stricter measure of the two. The service is a
 * process of its own with everything embedded, audit on; it is called over connections that are kept open.
 *
 * node test/bench/service.ts [--submissions N] [--peers N] [--seconds N] [--memory N] [--check]
 * `--submissions` for the rate, default 2,000; `--peers` manifests of each peer, default 100; `--seconds` at half of that rate,
 * default 15; `--memory` submissions over which memory is looked at, default 20,000, 0 leaves it out.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import Table from "cli-table3";
import pLimit from "p-limit";
import { z } from "zod";
import { ensureTools } from "../../local/toolchain/index.ts";
import { compile } from "../../submission/compile/index.ts";
import { check, localProfile } from "../../submission/spec/index.ts";
import { startControlPlane } from "../service/control-plane/control-plane.ts";
import { benchParams, layeredDag } from "./dags.ts";

const { values } = parseArgs({
  options: {
    submissions: { type: "string", default: "2000" },
    peers: { type: "string", default: "100" },
    seconds: { type: "string", default: "15" },
    memory: { type: "string", default: "20000" },
    check: { type: "boolean", default: false },
  },
});

const AT_ONCE = 32;
const PLACE = { group: "argoproj.io", version: "v1alpha1", namespace: "team-research", plural: "workflows" } as const;
const profile = localProfile();
const dag = layeredDag({ nodes: 10, layers: 5 });
const bodyOf = (id: string) => JSON.stringify({ dag_spec: dag, runtime_params: benchParams(id) });

function manifestOf(id: string): string {
  const checked = check({
    dag: { text: JSON.stringify(dag), source: "dag" },
    params: { text: JSON.stringify(benchParams(id)), source: "params" },
    profile,
  });
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics));
  const compiled = compile(checked.submission, profile);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.json();
}

const page = z.object({
  metadata: z.object({ remainingItemCount: z.number().optional() }),
  items: z.array(z.unknown()),
});

const missed: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "orch-bench-service-"));
const tools = await ensureTools(["kubectl", "argo"]);
const controlPlane = await startControlPlane("minimal");
const config = new KubeConfig();
config.loadFromFile(controlPlane.kubeconfig);
const api = config.makeApiClient(CustomObjectsApi);
let service: ChildProcess | undefined;
try {
  const table = new Table({
    head: ["", "per second", "p50", "p99", "Workflows created per second"],
    style: { head: [], border: [] },
  });
  const kubectl = peer("kubectl", tools.kubectl.path, ["create", "-f"]);
  const argo = peer("argo", tools.argo.path, ["submit"]);
  table.push(["kubectl create", kubectl.toFixed(1), "", "", kubectl.toFixed(1)]);
  table.push(["argo submit", argo.toFixed(1), "", "", argo.toFixed(1)]);

  const url = await serve();
  let there = await present();
  await many(url, "warm", 200, AT_ONCE);
  await created(there, 200);
  there += 200;
  const count = Number(values.submissions);
  const began = performance.now();
  const times = await many(url, "rate", count, AT_ONCE);
  const rate = (count / (performance.now() - began)) * 1000;
  await created(there, count);
  const createRate = (count / (performance.now() - began)) * 1000;
  table.push(["the service", rate.toFixed(1), at(times, 0.5), at(times, 0.99), createRate.toFixed(1)]);

  there += count;
  const half = await paced(url, "half", rate / 2, Number(values.seconds));
  table.push(["the service at half of that", (rate / 2).toFixed(1), at(half, 0.5), at(half, 0.99), ""]);
  // More than the API server takes on these cores only makes the queue longer.
  await created(there, half.length);
  const lasting = await paced(url, "lasting", createRate / 2, Number(values.seconds));
  const label = "the service at half of what is created";
  table.push([label, (createRate / 2).toFixed(1), at(lasting, 0.5), at(lasting, 0.99), ""]);
  console.log(table.toString());
  console.log(
    `${(rate / argo).toFixed(1)} times the rate of argo submit, ${(rate / kubectl).toFixed(1)} of kubectl create`,
  );
  if (rate < 5 * argo) missed.push("the rate is less than five times that of argo submit");
  if (percentile(half, 0.99) > 50) missed.push("the p99 at half load is above 50 ms");
  if (Number(values.memory) > 0) await memory(url, Number(values.memory));
} finally {
  await stopped();
  await controlPlane.stop();
  rmSync(folder, { recursive: true, force: true });
}
for (const line of missed) console.error(`missed: ${line}`);
if (values.check && missed.length > 0) process.exitCode = 1;

/** Manifests per second of one process that is given all of them. */
function peer(name: string, path: string, args: readonly string[]): number {
  const count = Number(values.peers);
  const place = join(folder, name);
  mkdirSync(place);
  const files = Array.from({ length: count }, (_, index) => {
    const file = join(place, `${index}.json`);
    writeFileSync(file, manifestOf(`${name}-${index}`));
    return file;
  });
  const began = performance.now();
  const given = name === "kubectl" ? [place] : files;
  const result = spawnSync(path, [...args, ...given, "--kubeconfig", controlPlane.kubeconfig, "-n", PLACE.namespace], {
    encoding: "utf8",
    env: { ...process.env, KUBECONFIG: controlPlane.kubeconfig },
    maxBuffer: 64 << 20,
  });
  if (result.status !== 0) throw new Error(`${name}: ${result.stderr}`);
  return (count / (performance.now() - began)) * 1000;
}

async function serve(): Promise<string> {
  const args = ["submission/cli/orch.js", "serve", "--insecure-no-auth", "--http-port", "0", "--grpc-port", "0"];
  service = spawn(
    process.execPath,
    [...args, "--kubeconfig", controlPlane.kubeconfig, "--audit", join(folder, "audit")],
    { stdio: ["ignore", "inherit", "pipe"], env: { ...process.env, ORCH_PROFILE: writeProfile() } },
  );
  if (service.stderr === null) throw new Error("no output");
  const lines = createInterface({ input: service.stderr });
  return await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const { http } = (line.startsWith("{") ? JSON.parse(line) : {}) as { http?: string };
      if (http === undefined) console.error(line);
      else resolve(http);
    });
    service?.once("exit", () => reject(new Error("the service ended")));
  });
}

/** In good order; what it has accepted and not created stays with its folder. */
async function stopped(): Promise<void> {
  if (service === undefined || service.exitCode !== null) return;
  const gone = new Promise((resolve) => service?.once("exit", resolve));
  service.kill("SIGTERM");
  await gone;
}

function writeProfile(): string {
  const file = join(folder, "profile.json");
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

/** Milliseconds to the 202. */
async function submit(url: string, id: string): Promise<number> {
  const body = bodyOf(id);
  const began = performance.now();
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/api/orch/submit`, { method: "POST", headers, body });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`${response.status}: ${text.slice(0, 500)}`);
  return performance.now() - began;
}

function many(url: string, prefix: string, count: number, atOnce: number): Promise<number[]> {
  const limit = pLimit(atOnce);
  return Promise.all(Array.from({ length: count }, (_, index) => limit(() => submit(url, `${prefix}-${index}`))));
}

/** At a steady pace, whether earlier ones are answered or not. */
async function paced(url: string, prefix: string, perSecond: number, seconds: number): Promise<number[]> {
  const count = Math.floor(perSecond * seconds);
  const began = performance.now();
  const under: Promise<number>[] = [];
  for (let index = 0; index < count; index += 1) {
    const wait = began + (index / perSecond) * 1000 - performance.now();
    if (wait > 1) await delay(wait);
    under.push(submit(url, `${prefix}-${index}`));
  }
  return await Promise.all(under);
}

/**
 * Until so many Workflows are there besides those that were. What is asked is how many: to be given them all, ten times a second, would
 * be most of what the API server does.
 */
async function created(before: number, count: number): Promise<void> {
  while ((await present()) < before + count) await delay(100);
}

async function present(): Promise<number> {
  const { metadata, items } = page.parse(await api.listNamespacedCustomObject({ ...PLACE, limit: 1 }));
  return items.length + (metadata.remainingItemCount ?? 0);
}

/** Workflows go as they would by their TTL, so that what stays in memory is the service's own. */
async function memory(url: string, count: number): Promise<void> {
  const steps = 10;
  const table = new Table({ head: ["submissions", "resident memory"], style: { head: [], border: [] } });
  const sizes: number[] = [];
  for (let step = 1; step <= steps; step += 1) {
    const there = await present();
    await many(url, `memory-${step}`, count / steps, AT_ONCE);
    await created(there, count / steps);
    await api.deleteCollectionNamespacedCustomObject({ ...PLACE });
    const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service?.pid}/status`, "utf8"))?.[1]);
    sizes.push(kib / 1024);
    table.push([(count / steps) * step, `${(kib / 1024).toFixed(0)} MiB`]);
  }
  console.log(table.toString());
  const [middle = 0, last = 0] = [sizes[steps / 2 - 1], sizes.at(-1)];
  if (last > middle * 1.15)
    missed.push(`memory grows: ${middle.toFixed(0)} MiB after half, ${last.toFixed(0)} at the end`);
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function at(times: readonly number[], share: number): string {
  return `${percentile(times, share).toFixed(1)} ms`;
}
