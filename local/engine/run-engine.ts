import { spawn } from "node:child_process";

/** After the first interrupt the engine ends what it has begun; after this long a second one ends it at once. */
const GRACE_MS = 20_000;
const KILL_MS = 5_000;

/** The engine ended with an error; what it wrote is for the bug report, the events have the reasons. */
export class EngineExit extends Error {
  readonly stdout: string;
  readonly stderr: string;
  constructor(args: readonly string[], code: number | null, { stdout, stderr }: { stdout: string; stderr: string }) {
    super(`pulumi ${args[0] ?? ""} ended with ${code ?? "a signal"}`);
    this.name = "EngineExit";
    this.stdout = stdout;
    this.stderr = stderr;
  }

  get output(): string {
    return `${this.stdout}${this.stderr}`;
  }
}

interface RunOptions {
  readonly cwd: string;
  /** On top of this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput?: ((text: string) => void) | undefined;
  readonly onError?: ((text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws EngineExit where it ends with an error */
export function runEngine(
  pulumi: string,
  args: readonly string[],
  options: RunOptions,
): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { ...process.env, ...options.env, PULUMI_AUTOMATION_API: "true" };
  const complete = args.includes("--non-interactive") ? args : [...args, "--non-interactive"];
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(pulumi, complete, {
      cwd: options.cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      options.onOutput?.(chunk.toString());
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      options.onError?.(chunk.toString());
    });
    const timers: NodeJS.Timeout[] = [];
    const stop = () => {
      child.kill("SIGINT");
      timers.push(setTimeout(() => child.kill("SIGINT"), GRACE_MS));
      timers.push(setTimeout(() => child.kill("SIGKILL"), GRACE_MS + KILL_MS));
    };
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop, { once: true });
    child.on("error", reject);
    child.on("close", (code) => {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      if (code === 0) resolve({ stdout, stderr, code });
      else reject(new EngineExit(args, code, { stdout, stderr }));
    });
  });
}
