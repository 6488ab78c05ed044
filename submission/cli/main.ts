import { CommanderError } from "commander";
import { UserError } from "../spec/user-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { program } from "./program.ts";
import { openTerminal, paint, type Terminal } from "./terminal.ts";

/** Runs `orch` with the arguments after its name and sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = openTerminal();
  const orch = program(terminal, (code) => {
    process.exitCode = code;
  });
  for (const command of withSubcommands(orch)) {
    command.exitOverride().configureOutput({
      outputError: (text, write) => write(paint("red", text.replace(/^error: /, "orch: "), terminal.noteColour)),
    });
  }
  try {
    await orch.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = report(error, terminal);
  }
}

function* withSubcommands(command: ReturnType<typeof program>): Generator<ReturnType<typeof program>> {
  yield command;
  for (const child of command.commands) yield* withSubcommands(child);
}

function report(error: unknown, terminal: Terminal): ExitCode {
  // Commander has printed its own message; help and version come this way too, with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.input;
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
