import type { CompileCommandOptions } from "./commands/compile.ts";
import type { PlanOptions } from "./commands/plan.ts";
import type { SpecOptions } from "./documents.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** The commands that only read documents; each is imported when it runs. */
export const SPEC_COMMANDS = {
  validate: async (
    dag: string,
    options: SpecOptions & { readonly json?: boolean },
    terminal: Terminal,
  ): Promise<ExitCode> => {
    const { validate } = await import("./commands/validate.ts");
    return await validate(dag, options, terminal);
  },
  compile: async (dag: string, options: CompileCommandOptions, terminal: Terminal): Promise<ExitCode> => {
    const { compileCommand } = await import("./commands/compile.ts");
    return await compileCommand(dag, options, terminal);
  },
  plan: async (dag: string, options: PlanOptions, terminal: Terminal): Promise<ExitCode> => {
    const { plan } = await import("./commands/plan.ts");
    return await plan(dag, options, terminal);
  },
};

type Values = Partial<Record<"params" | "refs" | "profile" | "team" | "output", string>>;

/**
 * Runs a command line that is plainly one of these commands, so that commander is neither loaded nor asked: that is a quarter of a
 * start. It may leave a right command line alone (undefined), never take a wrong one; `program.ts` then decides and explains.
 */
export function runPlainly(args: readonly string[], terminal: Terminal): Promise<ExitCode> | undefined {
  const [command, ...rest] = args;
  const flags = new Set<string>();
  const values: Values = {};
  let dag: string | undefined;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] as string;
    if (isFlag(word)) flags.add(word);
    else if (VALUES[word] !== undefined) {
      const value = rest[++i];
      if (value === undefined || !isOperand(value)) return undefined;
      values[VALUES[word]] = value;
    } else if (dag === undefined && isOperand(word)) dag = word;
    else return undefined;
  }
  if (dag === undefined) return undefined;
  const { output, ...options } = values;
  const json = flags.has("--json");
  const sizeCheck = !flags.has("--no-size-check");
  switch (command) {
    case "validate":
      if (output !== undefined || !sizeCheck) return undefined;
      return SPEC_COMMANDS.validate(dag, { ...options, json }, terminal);
    case "compile":
      if (options.params === undefined || json || !isOutput(output)) return undefined;
      return SPEC_COMMANDS.compile(dag, { ...options, output: output ?? "yaml", sizeCheck }, terminal);
    case "plan":
      if (options.params === undefined || output !== undefined) return undefined;
      return SPEC_COMMANDS.plan(dag, { ...options, json, sizeCheck }, terminal);
    default:
      return undefined;
  }
}

const VALUES: Readonly<Record<string, keyof Values>> = {
  "--params": "params",
  "--refs": "refs",
  "--profile": "profile",
  "--team": "team",
  "--output": "output",
  "-o": "output",
};

const isFlag = (word: string): boolean => word === "--json" || word === "--no-size-check";
/** `-` is standard input. */
const isOperand = (word: string): boolean => word === "-" || !word.startsWith("-");
const isOutput = (text: string | undefined): text is "yaml" | "json" | undefined =>
  text === undefined || text === "yaml" || text === "json";
