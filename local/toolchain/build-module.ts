import { chmod, copyFile, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Receipt } from "./cache.ts";
import { digest, readReceipt, writeReceipt } from "./cache.ts";
import type { ToolName } from "./catalog.ts";
import { TOOLS } from "./catalog.ts";
import type { ProgressListener } from "./events.ts";
import type { Go } from "./go.ts";
import { runCommand } from "./go-command.ts";
import { goFailure } from "./go-failure.ts";
import type { ModuleName } from "./modules.ts";
import { toolModule } from "./modules.ts";
import { repairSource } from "./repair-source.ts";

/** Our `go.mod` and `go.sum` of a module. */
export function pinFolder(name: string): string {
  return join(import.meta.dirname, "modules", name);
}

/** Where the programs of a module are kept. */
export function toolFolder(cacheRoot: string, name: ModuleName): string {
  return join(cacheRoot, name, toolModule(name).version);
}

const fingerprints = new Map<ModuleName, Promise<string>>();

/**
 * Changes whenever anything that decides what is built changes, so that a cached program of other pins is not used. Read once per
 * process: several tools share a module.
 */
export function moduleFingerprint(name: ModuleName): Promise<string> {
  const known = fingerprints.get(name) ?? readFingerprint(name);
  fingerprints.set(name, known);
  return known;
}

async function readFingerprint(name: ModuleName): Promise<string> {
  const pins = ["go.mod", "go.sum"].map((file) => readFile(join(pinFolder(name), file)));
  const { variables, repair } = toolModule(name);
  return digest(...(await Promise.all(pins)), JSON.stringify([variables, repair]));
}

export interface ModuleBuild {
  readonly name: ModuleName;
  readonly tools: readonly ToolName[];
  readonly folder: string;
}

/** What a build has prepared: its sources are downloaded and its work is counted. */
export interface PreparedBuild extends ModuleBuild {
  readonly workFolder: string;
  /** Packages that have to be compiled. */
  readonly toCompile: ReadonlySet<string>;
}

interface BuildContext {
  readonly go: Go;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
}

/** Downloads the sources and counts the packages to compile. The folder's lock must be held. */
export async function prepareBuild(build: ModuleBuild, context: BuildContext): Promise<PreparedBuild> {
  const workFolder = join(build.folder, ".build");
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(join(workFolder, "tmp"), { recursive: true });
  for (const file of ["go.mod", "go.sum"]) await copyFile(join(pinFolder(build.name), file), join(workFolder, file));
  await replaceByRepairedSource(build, workFolder, context);

  let modules = 0;
  const listed = await go(build, context, workFolder, {
    args: [
      "list",
      "-deps",
      ...buildFlags(build.name),
      "-f",
      "{{.ImportPath}}\t{{.Stale}}\t{{.StaleReason}}",
      ...packagesOf(build),
    ],
    onLine: (line) => {
      const downloaded = /^go: downloading (\S+)/.exec(line)?.[1];
      if (downloaded === undefined) return;
      modules += 1;
      context.progress({ kind: "downloading", build: build.name, modules, latest: downloaded });
    },
  });
  return { ...build, workFolder, toCompile: stalePackages(listed) };
}

/** Packages of `go list` that Go's cache does not hold. */
export function stalePackages(listed: string): ReadonlySet<string> {
  const stale = new Set<string>();
  for (const line of listed.split("\n")) {
    const [path, isStale, reason] = line.split("\t");
    if (path && isStale === "true" && reason !== "not installed but available in build cache") stale.add(path);
  }
  return stale;
}

/** Compiles, links and puts the programs into their folder, each in one step. The folder's lock must be held. */
export async function compileBuild(build: PreparedBuild, fingerprint: string, context: BuildContext): Promise<void> {
  const { toCompile, workFolder } = build;
  const total = toCompile.size;
  let done = 0;
  context.progress(
    total === 0 ? { kind: "linking", build: build.name } : { kind: "compiling", build: build.name, done, total },
  );
  const programs = join(workFolder, "programs");
  await mkdir(programs);
  await go(build, context, workFolder, {
    args: [
      "build",
      "-v",
      "-p",
      String(availableParallelism()),
      ...buildFlags(build.name),
      "-o",
      `${programs}/`,
      ...packagesOf(build),
    ],
    onLine: (line) => {
      if (!toCompile.has(line)) return;
      done += 1;
      context.progress({ kind: "compiling", build: build.name, done, total });
      if (done === total) context.progress({ kind: "linking", build: build.name });
    },
    packages: toCompile,
  });
  await install(build, programs, fingerprint);
  await rm(workFolder, { recursive: true, force: true });
}

async function install(build: ModuleBuild, programs: string, fingerprint: string): Promise<void> {
  const before = await readReceipt(build.folder);
  const kept = before?.fingerprint === fingerprint ? before.files : {};
  const files: Record<string, number> = { ...kept };
  for (const tool of build.tools) {
    const program = join(programs, programName(TOOLS[tool].package));
    await chmod(program, 0o755);
    files[tool] = (await stat(program)).size;
    await rename(program, join(build.folder, tool));
  }
  const receipt: Receipt = { version: toolModule(build.name).version, fingerprint, files };
  await writeReceipt(build.folder, receipt);
}

/** Go names a program after the last element of its import path that is not a major version. */
export function programName(importPath: string): string {
  const elements = importPath.split("/").filter((element) => !/^v\d+$/.test(element));
  return elements.at(-1) ?? importPath;
}

async function replaceByRepairedSource(build: ModuleBuild, workFolder: string, context: BuildContext): Promise<void> {
  const { path, version, repair } = toolModule(build.name);
  if (repair === undefined) return;
  context.progress({ kind: "downloading", build: build.name, modules: 1, latest: path });
  const folder = await downloadModule(workFolder, `${path}@v${version}`, `Building ${spoken(build)}`, context);
  await repairSource(folder, join(workFolder, "source"), repair);
  const goMod = await readFile(join(workFolder, "go.mod"), "utf8");
  await writeFile(join(workFolder, "go.mod"), `${goMod}\nreplace ${path} => ./source\n`);
}

const downloaded = z.object({ Dir: z.string() });

/** Go checks the download against the `go.sum` beside it. */
export async function downloadModule(
  cwd: string,
  coordinates: string,
  action: string,
  context: Pick<BuildContext, "go" | "signal">,
): Promise<string> {
  const result = await runCommand("go", ["mod", "download", "-json", coordinates], {
    cwd,
    env: context.go.env,
    signal: context.signal,
  });
  if (result.exitCode !== 0) {
    // With -json the reason stands in the answer, not on stderr.
    throw goFailure(action, [...result.lines, ...result.stdout.split("\n").filter((line) => line.includes('"Error"'))]);
  }
  return downloaded.parse(JSON.parse(result.stdout)).Dir;
}

async function go(
  build: ModuleBuild,
  { go, signal }: BuildContext,
  cwd: string,
  command: { args: readonly string[]; onLine: (line: string) => void; packages?: ReadonlySet<string> },
): Promise<string> {
  const result = await runCommand("go", command.args, {
    cwd,
    // Compilers killed half-way leave their scratch files where the next build removes them.
    env: { ...go.env, GOTMPDIR: join(cwd, "tmp") },
    signal,
    onLine: command.onLine,
  });
  if (result.exitCode !== 0) {
    throw goFailure(`Building ${spoken(build)}`, result.lines, command.packages);
  }
  return result.stdout;
}

function spoken(build: ModuleBuild): string {
  return `${build.tools.join(", ")} ${toolModule(build.name).version}`;
}

function packagesOf(build: ModuleBuild): readonly string[] {
  return build.tools.map((tool) => TOOLS[tool].package);
}

function buildFlags(name: ModuleName): readonly string[] {
  const variables = toolModule(name).variables.map((variable) => `-X ${variable}`);
  return ["-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...variables].join(" ")];
}
