import type { Command } from "commander";
import { UserError } from "../spec/user-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { runPlainly } from "./spec-commands.ts";
import { openTerminal, paint, type Terminal } from "./terminal.ts";

/** Runs `orch` with the arguments after its name and sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = openTerminal();
  try {
    process.exitCode = await (runPlainly(args, terminal) ?? runProgram(args, terminal));
  } catch (error) {
    process.exitCode = report(error, terminal);
  }
}

async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [{ CommanderError }, { program }] = await Promise.all([import("commander"), import("./program.ts")]);
  let exitCode: ExitCode = EXIT.fine;
  const orch = program(terminal, (code) => {
    exitCode = code;
  });
  const line = (text: string) => text.replace(/\n$/, "");
  for (const command of withSubcommands(orch)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.out(line(text)),
      writeErr: (text) => terminal.note(line(text)),
      outputError: (text, write) => write(paint("red", text.replace(/^error: /, "orch: "), terminal.noteColour)),
    });
  }
  try {
    await orch.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message; help and version come this way too, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.input;
    throw error;
  }
}

function* withSubcommands(command: Command): Generator<Command> {
  yield command;
  for (const child of command.commands) yield* withSubcommands(child);
}

function report(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof UserError) {
    terminal.note(`${paint("red", "orch:", terminal.noteColour)} ${error.message}`);
    if (error.hint) terminal.note(`${paint("cyan", "hint:", terminal.noteColour)} ${error.hint}`);
    return error.exitCode;
  }
  terminal.note(
    `orch: a bug, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return EXIT.environment;
}
