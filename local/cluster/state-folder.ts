import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../submission/spec/user-error.ts";
import { PORT_NAMES, type Ports } from "./ports.ts";
import { identify, isAlive } from "./process-identity.ts";

/** Where each thing of one environment lives. Nothing is written outside. */
export interface StateFolder {
  readonly root: string;
  readonly record: string;
  readonly kubeconfig: string;
  readonly logs: string;
  readonly pki: string;
  readonly config: string;
  readonly etcd: string;
  /** Of the submission service. */
  readonly audit: string;
  /** PlatformProfile that the submission service runs with. */
  readonly profile: string;
  /** Where the submission service is, and the token to call it with: what `orch` reads. */
  readonly service: string;
  readonly run: string;
  log(process: string): string;
}

export function stateFolder(stateDir: string): StateFolder {
  const root = resolve(stateDir);
  const logs = join(root, "logs");
  return {
    root,
    record: join(root, "environment.json"),
    kubeconfig: join(root, "kubeconfig"),
    logs,
    pki: join(root, "pki"),
    config: join(root, "config"),
    etcd: join(root, "etcd"),
    audit: join(root, "audit"),
    profile: join(root, "config", "profile.json"),
    service: join(root, "service.json"),
    run: join(root, "run"),
    log: (process) => join(logs, `${process}.log`),
  };
}

/** Keys live below: only the owner may look in. */
export function createStateFolder(folder: StateFolder): void {
  mkdirSync(folder.root, { recursive: true });
  for (const path of [folder.pki, folder.config, folder.etcd, folder.run, folder.logs]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
  }
}

/**
 * Keeps a second start of the same folder out while the first is on its way. Returns the way to give it back.
 * A claim whose holder is gone counts for nothing.
 */
export function claimFolder(folder: StateFolder): () => void {
  const path = join(folder.root, "claim");
  const mine = JSON.stringify(identify(process.pid));
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch {
      const holder = identity.safeParse(readJson(path));
      if (holder.success && isAlive(holder.data)) break;
      rmSync(path, { force: true });
    }
  }
  throw new UserError(`Another start is on its way in ${folder.root}.`, {
    hint: "Wait for it to finish.",
    exitCode: 2,
  });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Removes what an environment writes and the folder itself once empty; a file of somebody else stays. */
export function removeStateFolder(folder: StateFolder): void {
  const { record, kubeconfig, service, logs, pki, config, etcd, audit, run } = folder;
  const ours = [record, kubeconfig, service, logs, pki, config, etcd, audit, run];
  for (const path of [
    ...ours,
    join(folder.root, "supervisor.json"),
    join(folder.root, "claim"),
    join(folder.root, "pulumi"),
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
  try {
    rmdirSync(folder.root);
  } catch {
    // Not empty or not there: both are fine.
  }
}

const identity = z.object({ pid: z.number().int(), started: z.string() });
const failure = z.object({
  process: z.string(),
  reason: z.string(),
  at: z.string(),
  lastLines: z.array(z.string()).readonly(),
});

const processRecord = z.object({
  name: z.string(),
  state: z.enum(["waiting", "starting", "ready", "stopped", "failed"]),
  identity: identity.optional(),
  port: z.number().int().optional(),
  waitingFor: z.string().optional(),
  log: z.string(),
  failure: failure.optional(),
});

const ports = z.object(Object.fromEntries(PORT_NAMES.map((name) => [name, z.number().int()])));

const environmentRecord = z.object({
  version: z.literal(1),
  supervisor: identity.optional(),
  state: z.enum(["starting", "ready", "stopping", "stopped"]),
  startedAt: z.string(),
  server: z.string(),
  ports,
  tools: z.record(z.string(), z.string()),
  processes: z.array(processRecord),
});

export type ProcessRecord = z.infer<typeof processRecord>;
export type EnvironmentRecord = Omit<z.infer<typeof environmentRecord>, "ports"> & { ports: Ports };

/** Undefined when there is none, or one that was cut off while it was written by an older version. */
export function readRecord(folder: StateFolder): EnvironmentRecord | undefined {
  if (!existsSync(folder.record)) return undefined;
  try {
    return environmentRecord.parse(JSON.parse(readFileSync(folder.record, "utf8"))) as EnvironmentRecord;
  } catch {
    return undefined;
  }
}

/** Written whole or not at all: a reader never sees half a record. */
export function writeRecord(folder: StateFolder, record: EnvironmentRecord): void {
  writePrivate(`${folder.record}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${folder.record}.new`, folder.record);
}

export function writePrivate(path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600 });
}
