import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Where the engine keeps what belongs to one environment. */
export interface PulumiFolder {
  readonly root: string;
  /** Programs of the engine, side by side as its own installer puts them. */
  readonly bin: string;
  /** State of the stacks. */
  readonly backend: string;
  /** Plugins and settings; the user's own `~/.pulumi` is not touched. */
  readonly home: string;
  readonly passphraseFile: string;
}

export function pulumiFolder(stateDir: string): PulumiFolder {
  const root = join(resolve(stateDir), "pulumi");
  return {
    root,
    bin: join(root, "bin"),
    backend: join(root, "backend"),
    home: join(root, "home"),
    passphraseFile: join(root, "passphrase"),
  };
}

/** Makes the folder; the passphrase that encrypts secrets in the state is drawn once and readable by its owner only. */
export function createPulumiFolder(folder: PulumiFolder): void {
  for (const path of [folder.root, folder.bin, folder.backend, join(folder.home, "plugins")])
    mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!existsSync(folder.passphraseFile)) {
    writeFileSync(folder.passphraseFile, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  }
}

export function backendUrl(folder: PulumiFolder): string {
  return pathToFileURL(folder.backend).href;
}

/**
 * Puts programs side by side in `bin`. The engine takes its language host and its policy host from beside itself without a
 * warning; a hard link counts as beside, a symbolic one does not.
 */
export function installPrograms(folder: PulumiFolder, programs: readonly string[]): void {
  for (const program of programs) {
    const target = join(folder.bin, basename(program));
    if (isSameFile(program, target)) continue;
    rmSync(target, { force: true });
    try {
      linkSync(program, target);
    } catch {
      symlinkSync(program, target);
    }
  }
}

/**
 * The language host that is built here reads its options from flags, which this engine passes no longer: without
 * `typescript=false` it would load the TypeScript compiler for every run (2 s) to do what Node does by itself.
 */
export function installLanguageHost(folder: PulumiFolder, host: string): void {
  const target = join(folder.bin, "pulumi-language-nodejs");
  const script = [
    "#!/bin/sh",
    // The engine holds this process's standard input open. When it is killed the host would stay: the input's end ends it.
    // (A shell gives what it starts beside itself an empty input, hence the copy.)
    "exec 3<&0",
    '( cat <&3; kill "$$" ) >/dev/null 2>&1 &',
    `exec ${shellQuoted(host)} -typescript=false "$@" 3<&-`,
    "",
  ].join("\n");
  installScript(target, script);
}

/**
 * Pulumi's own script starts a policy pack through a loader that takes the TypeScript compiler along, 0.4 s for each pack. One whose
 * entry is JavaScript, as ours are, needs none; what else there is, the script starts.
 */
export function installPolicyHost(folder: PulumiFolder, script: string): void {
  const lines = ["#!/bin/sh", '[ -f index.js ] && exec node . "$@"', `exec ${shellQuoted(script)} "$@"`, ""];
  installScript(join(folder.bin, "pulumi-analyzer-policy"), lines.join("\n"));
}

function installScript(target: string, script: string): void {
  // A program may be as large as it likes: it is not read to be told from a script.
  if (existsSync(target) && statSync(target).size < 4096 && readFileSync(target, "utf8") === script) return;
  rmSync(target, { force: true });
  writeFileSync(target, script, { mode: 0o755 });
}

/** A path as one word of a POSIX shell. */
export function shellQuoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

function isSameFile(left: string, right: string): boolean {
  const [one, other] = [left, right].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}
