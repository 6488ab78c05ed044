import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { PreparedEngine } from "./prepare.ts";
import { runEngine } from "./run-engine.ts";
import type { StackConfig } from "./stack-config.ts";

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
      return runEngine(engine.pulumi, withConfig(args, config), {
        cwd: isStackCommand(args) ? config.folder : cwd,
        env: { ...additionalEnv, ...engine.variables },
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
  const { stdout } = await runEngine(engine.pulumi, args, { cwd: projectDir, env: engine.variables });
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
