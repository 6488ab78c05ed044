import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { NODE_BIN, PACKAGES, type PackageName, PROVIDER_MAIN, packageVersion } from "./packages.ts";
import { type PulumiFolder, shellQuoted } from "./pulumi-folder.ts";

/** Where the plugin of a package comes from. `ours` is `local/provider`. */
export type PluginSource = "installed" | "downloaded" | "ours";

export interface PluginChoice {
  name: PackageName;
  version: string;
  source: PluginSource;
}

/** Which plugins are acceptable: `auto` prefers Pulumi's own and falls back to ours, `ours` never looks for another. */
export type PluginMode = "auto" | "ours";

/** Downloaded where possible; the others are only used where they are installed already (aws alone is 700 MB). */
const DOWNLOADABLE: readonly PackageName[] = ["kubernetes", "random"];
/** A machine that could not download a plugin is not asked again for this long. */
const NEGATIVE_HOURS = 24;
const FIRST_ANSWER_MS = 4_000;
const DOWNLOAD_MS = 180_000;

const remembered = z.record(z.string(), z.enum(["installed", "downloaded", "ours"]));
const refusals = z.record(z.string(), z.number());

export interface PluginOptions {
  mode: PluginMode;
  /** Folder shared by all environments of the user, for what is remembered about this machine. */
  cacheDir: string;
  /** Runs `pulumi` with arguments. */
  pulumi: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Makes a plugin of each package available in the environment's own plugin folder. An environment keeps what it was first
 * given: the state of one plugin is not handed to another.
 */
export async function choosePlugins(folder: PulumiFolder, options: PluginOptions): Promise<PluginChoice[]> {
  const record = join(folder.root, "plugins.json");
  const before = readRecord(record, remembered) ?? {};
  const choices = await Promise.all(
    PACKAGES.map(async (name) => {
      const version = packageVersion(name);
      const key = `${name}@${version}`;
      const source = before[key] ?? (await find(name, version, folder, options));
      provide(name, version, source, folder);
      return { name, version, source };
    }),
  );
  writeFileSync(
    record,
    JSON.stringify(Object.fromEntries(choices.map(({ name, version, source }) => [`${name}@${version}`, source]))),
  );
  return choices;
}

async function find(
  name: PackageName,
  version: string,
  folder: PulumiFolder,
  options: PluginOptions,
): Promise<PluginSource> {
  if (options.mode === "ours") return "ours";
  if (existsSync(usersPlugin(name, version))) return "installed";
  if (!DOWNLOADABLE.includes(name)) return "ours";
  return (await download(name, version, folder, options)) ? "downloaded" : "ours";
}

/** A short attempt: the first sign of a failure ends it, and is remembered for a day. */
async function download(
  name: PackageName,
  version: string,
  folder: PulumiFolder,
  options: PluginOptions,
): Promise<boolean> {
  const file = join(options.cacheDir, "unavailable-plugins.json");
  const key = `${name}@${version}`;
  const known = readRecord(file, refusals) ?? {};
  if (Date.now() - (known[key] ?? 0) < NEGATIVE_HOURS * 3_600_000) return false;

  const attempt = promisify(execFile)(
    options.pulumi,
    ["plugin", "install", "resource", name, version, "--non-interactive"],
    {
      env: { ...options.env, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "false" },
      timeout: DOWNLOAD_MS,
    },
  );
  const child = attempt.child;
  const impatience = setTimeout(() => child.kill("SIGKILL"), FIRST_ANSWER_MS);
  child.stderr?.on("data", (text: Buffer) => {
    if (/Error downloading|Will retry|failed/.test(text.toString())) child.kill("SIGKILL");
    else if (/%|downloading/i.test(text.toString())) clearTimeout(impatience);
  });
  try {
    await attempt;
    return existsSync(join(pluginFolder(folder, name, version), `pulumi-resource-${name}`));
  } catch {
    mkdirSync(options.cacheDir, { recursive: true });
    writeFileSync(file, JSON.stringify({ ...(readRecord(file, refusals) ?? {}), [key]: Date.now() }));
    return false;
  } finally {
    clearTimeout(impatience);
  }
}

function provide(name: PackageName, version: string, source: PluginSource, folder: PulumiFolder): void {
  const target = pluginFolder(folder, name, version);
  if (source === "downloaded") return;
  if (source === "installed") {
    if (!existsSync(target)) symlinkSync(usersPlugin(name, version), target);
    return;
  }
  const launcher = join(target, `pulumi-resource-${name}`);
  const script = [
    "#!/bin/sh",
    `exec ${shellQuoted(join(NODE_BIN, "node"))} ${shellQuoted(PROVIDER_MAIN)} ${name} ${version} "$@"`,
    "",
  ].join("\n");
  if (existsSync(launcher) && readFileSync(launcher, "utf8") === script) return;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  writeFileSync(launcher, script, { mode: 0o755 });
}

function pluginFolder(folder: PulumiFolder, name: string, version: string): string {
  return join(folder.home, "plugins", `resource-${name}-v${version}`);
}

function usersPlugin(name: string, version: string): string {
  return join(homedir(), ".pulumi", "plugins", `resource-${name}-v${version}`);
}

function readRecord<T extends z.ZodType>(file: string, schema: T): z.infer<T> | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}
