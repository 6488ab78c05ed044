import { spawn } from "node:child_process";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { PreparedEngine } from "./prepare.ts";
import type { StackConfig } from "./stack-config.ts";

/** After the first interrupt the engine ends what it has begun; after this long a second one ends it at once. */
const GRACE_MS = 20_000;
const KILL_MS = 5_000;

/** The engine ended with an error; what it wrote is for the bug report, the events have the reasons. */
export class EngineExit extends Error {
  readonly output: string;
  constructor(args: readonly string[], code: number | null, output: string) {
    super(`pulumi ${args[0] ?? ""} ended with ${code ?? "a signal"}`);
    this.name = "EngineExit";
    this.output = output;
  }
}

/**
 * Runs the engine for the Automation API, in a process group of its own: a Ctrl-C on the terminal reaches it once, through
 * the signal, and not a second time, which it would take as an order to stop without tidying up.
 */
export async function engineCommand(engine: PreparedEngine, config: StackConfig): Promise<PulumiCommand> {
  const command = await PulumiCommand.get({ root: engine.folder.root });
  return Object.assign(command, {
    run: (
      args: string[],
      cwd: string,
      additionalEnv: Record<string, string>,
      onOutput?: (text: string) => void,
      onError?: (text: string) => void,
      signal?: AbortSignal,
    ) => {
      const unused = unusedAnswer(args);
      if (unused !== undefined) return Promise.resolve({ stdout: unused, stderr: "", code: 0 });
      return run(engine, withConfig(args, config), {
        cwd: isStackCommand(args) ? config.folder : cwd,
        env: additionalEnv,
        onOutput,
        onError,
        signal,
      });
    },
  });
}

/**
 * After each operation the Automation API asks for the outputs, in plain text too, and for the history: three more runs of
 * the engine whose answers are not used here.
 */
function unusedAnswer(args: readonly string[]): string | undefined {
  if (args[0] !== "stack") return undefined;
  if (args[1] === "output") return "{}";
  return args[1] === "history" ? "[]" : undefined;
}

/** The outputs of a stack, every secret in them masked. */
export async function stackOutputs(
  engine: PreparedEngine,
  projectDir: string,
  stack: string,
): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--stack", stack];
  const { stdout } = await run(engine, args, {
    cwd: projectDir,
    env: {},
    onOutput: undefined,
    onError: undefined,
    signal: undefined,
  });
  const outputs: unknown = JSON.parse(stdout);
  return typeof outputs === "object" && outputs !== null ? { ...outputs } : {};
}

/** Commands that read or write a stack's configuration, and can be told where it is. */
const CONFIGURED = ["up", "update", "preview", "refresh", "destroy", "config", "import", "watch"];

export function withConfig(args: readonly string[], config: StackConfig): string[] {
  const [command = "", ...rest] = args;
  const given = args.some((arg) => arg === "--config-file" || arg.startsWith("--config-file="));
  return CONFIGURED.includes(command) && !given ? [command, "--config-file", config.file, ...rest] : [...args];
}

/**
 * `pulumi stack ...` reads (and, for a new stack, writes) the configuration beside Pulumi.yaml and cannot be told otherwise. It is
 * run where the environment's own is: the checkout's may carry the salt of another passphrase.
 */
export function isStackCommand(args: readonly string[]): boolean {
  return args[0] === "stack";
}

interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  onOutput: ((text: string) => void) | undefined;
  onError: ((text: string) => void) | undefined;
  signal: AbortSignal | undefined;
}

function run(
  engine: PreparedEngine,
  args: string[],
  options: RunOptions,
): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { ...process.env, ...options.env, ...engine.variables, PULUMI_AUTOMATION_API: "true" };
  const complete = args.includes("--non-interactive") ? args : [...args, "--non-interactive"];
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(engine.pulumi, complete, {
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
      else reject(new EngineExit(args, code, `${stdout}${stderr}`));
    });
  });
}
