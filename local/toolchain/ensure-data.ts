import { chmod, cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../submission/spec/user-error.ts";
import { downloadModule, pinFolder } from "./build-module.ts";
import { cacheRoot, digest, openCache, readReceipt, writeReceipt } from "./cache.ts";
import type { DataName, DataSet } from "./data-catalog.ts";
import { dataSet } from "./data-catalog.ts";
import type { EnsureOptions } from "./ensure-tools.ts";
import type { Go } from "./go.ts";
import { findGo } from "./go.ts";
import { interruptible } from "./interrupt.ts";
import { withFolderLock } from "./lock.ts";
import { unpackMavenArtifact } from "./maven.ts";

export interface ReadyData {
  /** Absolute path of a folder. */
  readonly path: string;
  /** Without a leading `v`. */
  readonly version: string;
  readonly source: "cache" | "fetched";
}

/**
 * Makes upstream's data files ready: custom resource definitions, kustomize folders, scripts.
 * @returns a folder for each; a second call fetches nothing
 * @throws UserError when one cannot be had; `findData` gives nothing instead
 */
export async function ensureData<Name extends DataName>(
  names: readonly Name[],
  options: Pick<EnsureOptions, "signal" | "cacheDir" | "env"> = {},
): Promise<Record<Name, ReadyData>> {
  const env = options.env ?? process.env;
  const root = options.cacheDir ?? cacheRoot(env);
  const wanted = names.map((name) => ({
    name,
    set: dataSet(name),
    folder: join(root, "data", name, dataSet(name).version),
  }));
  const complete = await Promise.all(wanted.map(({ folder, set }) => isComplete(folder, set)));
  const missing = wanted.filter((_, index) => !complete[index]);
  if (missing.length > 0) {
    await openCache(root);
    await interruptible(options.signal, (signal) =>
      Promise.all(missing.map(({ name, set, folder }) => fetchOnce(name, set, folder, { root, env, signal }))),
    );
  }
  const ready = wanted.map(({ name, set, folder }, index) => [
    name,
    { path: folder, version: set.version, source: complete[index] ? "cache" : "fetched" } satisfies ReadyData,
  ]);
  return Object.fromEntries(ready) as Record<Name, ReadyData>;
}

/** Like `ensureData` for one, but gives the reason where it cannot be had on this machine. */
export async function findData(
  name: DataName,
  options: Pick<EnsureOptions, "signal" | "cacheDir" | "env"> = {},
): Promise<ReadyData | { readonly unavailable: string }> {
  try {
    return (await ensureData([name], options))[name];
  } catch (error) {
    if (error instanceof UserError) return { unavailable: error.message };
    throw error;
  }
}

interface FetchContext {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

async function isComplete(folder: string, set: DataSet): Promise<boolean> {
  return (await readReceipt(folder))?.fingerprint === (await fingerprintOf(set));
}

async function fingerprintOf(set: DataSet): Promise<string> {
  if (set.from === "maven") return digest(JSON.stringify(set));
  return digest(JSON.stringify(set), await readFile(join(pinFolder(set.pins), "go.sum")));
}

async function fetchOnce(name: DataName, set: DataSet, folder: string, context: FetchContext): Promise<void> {
  await withFolderLock(
    join(context.root, "data", name),
    { signal: context.signal, onWait: () => undefined },
    async (signal) => {
      if (await isComplete(folder, set)) return;
      // Whole or not at all: it gets its name when everything is in it.
      const partial = `${folder}.partial`;
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { recursive: true });
      try {
        await (set.from === "maven"
          ? unpackMavenArtifact(name, set, partial, { env: context.env, signal })
          : copyFromModule(name, set, partial, { ...context, signal }));
        for (const file of set.executable ?? []) await chmod(join(partial, file), 0o755);
        await writeReceipt(partial, { version: set.version, fingerprint: await fingerprintOf(set), files: {} });
        await rm(folder, { recursive: true, force: true });
        await rename(partial, folder);
      } finally {
        await rm(partial, { recursive: true, force: true });
      }
    },
  );
}

async function copyFromModule(
  name: DataName,
  set: DataSet & { from: "go" },
  to: string,
  context: FetchContext,
): Promise<void> {
  const go: Go = await findGo([`${name} ${set.version}`], {
    cwd: context.root,
    env: context.env,
    signal: context.signal,
  });
  const source = await downloadModule(
    pinFolder(set.pins),
    `${set.module}@v${set.version}`,
    `Fetching ${name} ${set.version}`,
    {
      go,
      signal: context.signal,
    },
  );
  await cp(join(source, set.folder), to, { recursive: true });
  await makeWritable(to);
}

/** The module cache is read-only; a later version must be able to take the place of these copies. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
