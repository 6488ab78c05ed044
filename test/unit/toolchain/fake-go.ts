import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";

/** A folder that is gone after the test. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "toolchain-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function writeProgram(folder: string, name: string, script: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${script}`);
  await chmod(file, 0o755);
  return file;
}

export interface FakeGo {
  /** Folder with a `go` in it, and nothing else. */
  readonly folder: string;
  /** PATH on which that `go` is the only Go. */
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Command lines it was called with. */
  calls(): Promise<string[]>;
}

/** What the fake does instead of its harmless default, as shell. */
export interface FakeGoBehaviour {
  readonly version?: string;
  readonly toolchain?: string;
  readonly list?: string;
  readonly build?: string;
  readonly download?: string;
}

/** A `go` that lists three packages to compile and "links" a program by writing a file. */
export async function fakeGo(behaviour: FakeGoBehaviour = {}): Promise<FakeGo> {
  const root = await scratchFolder();
  const folder = join(root, "bin");
  const log = join(root, "calls.log");
  await writeFile(log, "");
  await writeProgram(
    folder,
    "go",
    `echo "$*" >> ${log}
case "$1" in
env)
  echo '{"GOVERSION":"go${behaviour.version ?? "1.26.8"}","GOTOOLCHAIN":"${behaviour.toolchain ?? "local"}","GOCACHE":"${root}"}'
  ;;
list)
  ${behaviour.list ?? listsThreePackages}
  ;;
build)
  ${behaviour.build ?? buildsPrograms}
  ;;
mod)
  ${behaviour.download ?? "exit 1"}
  ;;
*)
  echo "unexpected: $*" >&2; exit 3
  ;;
esac
`,
  );
  const path = `${folder}:/usr/bin:/bin`;
  return {
    folder,
    path,
    env: { PATH: path, HOME: root },
    async calls() {
      return (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
    },
  };
}

const listsThreePackages = `echo "go: downloading example.test/a v1.0.0" >&2
  printf 'example.test/a\\ttrue\\tstale dependency: x\\n'
  printf 'example.test/b\\ttrue\\tbuild ID mismatch\\n'
  printf 'example.test/c\\ttrue\\tnot installed but available in build cache\\n'
  printf 'example.test/d\\tfalse\\t\\n'`;

/** Every import path after `-o FOLDER/` becomes a program, named as Go names it. */
export const buildsPrograms = `echo example.test/a >&2
  echo example.test/b >&2
  out=
  after=
  for arg in "$@"; do
    if [ -n "$out" ]; then
      name=$(echo "$arg" | sed -E 's,/v[0-9]+$,,; s,.*/,,')
      echo "program $arg" > "$out$name"
    fi
    if [ "$after" = yes ]; then out=$arg; after=; fi
    if [ "$arg" = -o ]; then after=yes; fi
  done`;

/** A killed process whose parent is gone too stays visible until init reaps it. */
export async function untilGone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 10_000 });
}
