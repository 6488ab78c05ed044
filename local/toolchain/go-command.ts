import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  /** Each line of stderr, in order. */
  readonly lines: readonly string[];
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** How long a stopped process group may take to leave before it is killed. */
const GRACE_MS = 3_000;

/**
 * Runs a program in a process group of its own, so that stopping it stops its compilers too.
 * @throws the signal's reason when aborted, after the whole group is gone; what `spawn` says when the program cannot be started
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  { cwd, env, signal, onLine }: CommandOptions,
): Promise<CommandResult> {
  signal.throwIfAborted();
  const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    onLine?.(line);
  });

  let killTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(child.pid, "SIGTERM");
    killTimer = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
    signal.throwIfAborted();
    return { exitCode, stdout, lines };
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(killTimer);
    // A compiler that outlived its parent would write into folders that are being removed.
    if (signal.aborted) signalGroup(child.pid, "SIGKILL");
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}
