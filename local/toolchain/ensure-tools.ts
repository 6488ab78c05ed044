import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { gt } from "semver";
import { UserError } from "../../submission/spec/user-error.ts";
import type { ModuleBuild } from "./build-module.ts";
import { compileBuild, moduleFingerprint, prepareBuild, toolFolder } from "./build-module.ts";
import { cacheRoot, holds, openCache, readReceipt } from "./cache.ts";
import type { ToolName } from "./catalog.ts";
import { TOOL_NAMES, TOOLS } from "./catalog.ts";
import type { ProgressListener } from "./events.ts";
import type { Go } from "./go.ts";
import { findGo } from "./go.ts";
import { interruptible } from "./interrupt.ts";
import { withFolderLock } from "./lock.ts";
import { MINIMUM_GO, MODULE_NAMES, toolModule } from "./modules.ts";
import type { AskVersion } from "./path-lookup.ts";
import { findOnPath } from "./path-lookup.ts";
import { askProgram, rememberedVersions } from "./remembered-versions.ts";

export interface ReadyTool {
  /** Absolute path of the program. */
  readonly path: string;
  /** Without a leading `v`. */
  readonly version: string;
  readonly source: "path" | "cache" | "built";
}

export interface EnsureOptions {
  /** Stops all builds and leaves the cache usable. Without one, SIGINT, SIGTERM and SIGHUP do, and then end the process. */
  readonly signal?: AbortSignal;
  /** Told what happens; by default a display on stderr, only when something has to be built. */
  readonly progress?: ProgressListener;
  /** Root of the tool cache. @default `cacheRoot(env)` */
  readonly cacheDir?: string;
  /** Where to look for the user's own tools, a PATH value; `"off"` for nowhere. @default PATH of `env` */
  readonly path?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** How a program on PATH is asked for its version. @default it is run */
  readonly ask?: AskVersion;
}

/** Two builds at once: one's downloads and its single-threaded links fill the gaps of the other. */
const BUILDS_AT_ONCE = 2;

/**
 * Makes tools ready: each from PATH if its version fits, else from the cache, else built from its pinned Go module.
 * @returns where each tool is; a second call builds nothing
 * @throws UserError when Go is missing or too old, a build fails, the disk is full or the cache cannot be written
 */
export async function ensureTools<Name extends ToolName>(
  names: readonly Name[],
  options: EnsureOptions = {},
): Promise<Record<Name, ReadyTool>> {
  const env = options.env ?? process.env;
  const root = options.cacheDir ?? cacheRoot(env);
  const ready = new Map<ToolName, ReadyTool>();
  await findReady(names, ready, root, options);
  const missing = buildsFor(
    TOOL_NAMES.filter((name) => names.includes(name as Name) && !ready.has(name)),
    root,
  );
  if (missing.length > 0) {
    await interruptible(options.signal, (signal) =>
      buildAll(missing, { root, env, signal, progress: options.progress }),
    );
    for (const name of missing.flatMap(({ tools }) => tools)) ready.set(name, cachedTool(root, name, "built"));
  }
  return Object.fromEntries(ready) as Record<Name, ReadyTool>;
}

async function findReady(
  names: readonly ToolName[],
  ready: Map<ToolName, ReadyTool>,
  root: string,
  options: EnsureOptions,
): Promise<void> {
  const path = options.path ?? (options.env ?? process.env).PATH;
  const versions = await rememberedVersions(root, options.ask ?? askProgram);
  await Promise.all(
    names.map(async (name) => {
      const found = await findOnPath(name, path === "off" ? undefined : path, versions.ask);
      if (found) ready.set(name, { ...found, source: "path" });
      else if (await isCached(root, name)) ready.set(name, cachedTool(root, name, "cache"));
    }),
  );
  // Only a convenience for the next start; a cache that cannot be written is reported when it has to be.
  await versions.save().catch(() => undefined);
}

async function isCached(root: string, name: ToolName): Promise<boolean> {
  const folder = toolFolder(root, TOOLS[name].module);
  const receipt = await readReceipt(folder);
  return receipt !== undefined && holds(folder, name, receipt, await moduleFingerprint(TOOLS[name].module));
}

function cachedTool(root: string, name: ToolName, source: "cache" | "built"): ReadyTool {
  const { module } = TOOLS[name];
  return { path: join(toolFolder(root, module), name), version: toolModule(module).version, source };
}

function buildsFor(tools: readonly ToolName[], root: string): readonly ModuleBuild[] {
  return MODULE_NAMES.map((name) => ({
    name,
    tools: tools.filter((tool) => TOOLS[tool].module === name),
    folder: toolFolder(root, name),
  })).filter((build) => build.tools.length > 0);
}

interface BuildAllContext {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener | undefined;
}

async function buildAll(
  builds: readonly ModuleBuild[],
  { root, env, signal, progress }: BuildAllContext,
): Promise<void> {
  await openCache(root);
  const needed = builds.map((build) => `${build.tools.join(", ")} ${toolModule(build.name).version}`);
  const minimum = builds
    .map(({ name }) => toolModule(name).minimumGo ?? MINIMUM_GO)
    .reduce((a, b) => (gt(a, b) ? a : b));
  const go = await findGo(needed, { cwd: root, env, signal, minimum });
  await checkDisk(builds, go);
  const display = progress ? undefined : (await import("./display.ts")).showProgress(process.stderr);
  try {
    await runBuilds(builds, go, signal, progress ?? display?.listener ?? (() => undefined));
  } finally {
    await display?.close();
  }
}

async function runBuilds(
  builds: readonly ModuleBuild[],
  go: Go,
  outer: AbortSignal,
  progress: ProgressListener,
): Promise<void> {
  const { default: limit } = await import("p-limit");
  const downloads = limit(1);
  const compiles = limit(BUILDS_AT_ONCE);
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  progress({
    kind: "planned",
    builds: builds.map(({ name, tools }) => {
      const { version, coldSeconds, packages } = toolModule(name);
      return { build: name, tools, version, coldSeconds, packages };
    }),
  });
  const results = await Promise.allSettled(
    builds.map((build) =>
      withFolderLock(
        build.folder,
        { signal, onWait: () => progress({ kind: "waiting", build: build.name }) },
        (lockedSignal) => buildOne(build, { go, signal: lockedSignal, progress }, downloads, compiles),
      ).catch((error: unknown) => {
        progress({ kind: "failed", build: build.name });
        // The others would go on for minutes before the reader hears of it. What they compiled is kept.
        failed.abort(error);
        throw error;
      }),
    ),
  );
  outer.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

type Limit = <T>(work: () => Promise<T>) => Promise<T>;

async function buildOne(
  build: ModuleBuild,
  context: Parameters<typeof prepareBuild>[1],
  downloads: Limit,
  compiles: Limit,
): Promise<void> {
  const fingerprint = await moduleFingerprint(build.name);
  const receipt = await readReceipt(build.folder);
  const present = await Promise.all(build.tools.map((tool) => holds(build.folder, tool, receipt, fingerprint)));
  // Another process may have built them while this one waited.
  const tools = build.tools.filter((_, index) => !present[index]);
  if (tools.length === 0) {
    context.progress({ kind: "built", build: build.name, seconds: 0 });
    return;
  }
  const begin = performance.now();
  try {
    const prepared = await downloads(() => prepareBuild({ ...build, tools }, context));
    context.progress({ kind: "prepared", build: build.name, total: prepared.toCompile.size });
    await compiles(() => compileBuild(prepared, fingerprint, context));
  } catch (error) {
    await rm(join(build.folder, ".build"), { recursive: true, force: true });
    throw error;
  }
  context.progress({ kind: "built", build: build.name, seconds: (performance.now() - begin) / 1000 });
}

/** Before the first minute of work rather than after the last one. Half of what empty caches need: most of it may be there. */
async function checkDisk(builds: readonly ModuleBuild[], go: Go): Promise<void> {
  const neededMib = builds.reduce((sum, { name }) => sum + toolModule(name).diskMib, 0) / 2;
  const disk = await statfs(go.buildCache).catch(() => undefined);
  if (disk === undefined) return;
  const freeMib = (disk.bavail * disk.bsize) / 1024 ** 2;
  if (freeMib >= neededMib) return;
  throw new UserError(
    `The disk of Go's build cache ${go.buildCache} has ${Math.floor(freeMib)} MiB left; building needs at least ${Math.ceil(neededMib)} MiB.`,
    { hint: "Make room, or put the caches on another disk with GOCACHE, GOMODCACHE and ORCH_CACHE.", exitCode: 2 },
  );
}
