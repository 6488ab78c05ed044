/** Commands that run an update and need the stack's lock. */
export const OPERATIONS: ReadonlySet<string> = new Set([
  "up",
  "update",
  "preview",
  "refresh",
  "destroy",
  "import",
  "watch",
]);

/** Commands that work on one stack and take `--stack`. */
const ON_A_STACK: ReadonlySet<string> = new Set([...OPERATIONS, "config", "cancel", "logs"]);
const STACK_COMMANDS: ReadonlySet<string> = new Set([
  "output",
  "export",
  "import",
  "history",
  "graph",
  "change-secrets-provider",
]);

/** The stack of the embedded environment, meant where none is named. */
const DEFAULT_STACK = "local";

/** Value of an option, written `--name value` or `--name=value`. */
export function optionOf(args: readonly string[], name: string): string | undefined {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const index = own.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  const found = own[index];
  if (found === undefined) return undefined;
  return found === name ? own[index + 1] : found.slice(name.length + 1);
}

export function withoutOption(args: readonly string[], name: string): string[] {
  const index = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (index < 0) return [...args];
  return [...args.slice(0, index), ...args.slice(index + (args[index] === name ? 2 : 1))];
}

/** True for a command that fails where its stack does not exist yet, and that may make it. */
export function needsStack(args: readonly string[]): boolean {
  return OPERATIONS.has(args[0] ?? "") || args[0] === "config";
}

/** The same command for the stack `local` where it needs a stack and names none. */
export function completed(args: readonly string[]): string[] {
  const [command = "", second = ""] = args;
  const needs = ON_A_STACK.has(command) || (command === "stack" && (second === "" || STACK_COMMANDS.has(second)));
  const named = optionOf(args, "--stack") !== undefined || optionOf(args, "-s") !== undefined;
  const asksHelp = args.includes("--help") || args.includes("-h");
  return needs && !named && !asksHelp ? [command, "--stack", DEFAULT_STACK, ...args.slice(1)] : [...args];
}
