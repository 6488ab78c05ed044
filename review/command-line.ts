import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { interruptible } from "../local/interruption.ts";
import { UserError } from "../submission/spec/user-error.ts";
import { type Progress, showProgress } from "./progress.ts";
import { EXIT, type ExitCode } from "./report.ts";
import { type Markdown, markdown } from "./summary/markdown.ts";
import { secretMask } from "./summary/secrets.ts";

export const command = (name: string): Command =>
  new Command(name)
    .exitOverride()
    .showHelpAfterError(`(see \`npm run ${name} -- --help\`)`)
    .allowExcessArguments(false);

export interface Setting {
  /** Of the checkout that this file belongs to. */
  readonly root: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Writes a summary to standard output, and to a file where one is named. */
  readonly publish: (render: (md: Markdown) => string, file: string | undefined) => void;
}

/**
 * Parses the arguments, does the work and sets the process's exit code.
 *
 * @param work whether nothing speaks against what it looked at
 */
export async function runCommand(program: Command, work: (setting: Setting) => Promise<boolean>): Promise<void> {
  const mask = secretMask(process.env);
  const note = (line: string) => console.error(mask(line));
  const interruption = interruptible();
  const { signal } = interruption;
  try {
    program.parse();
    const fine = await work({
      root: fileURLToPath(new URL("../", import.meta.url)).replace(/\/$/, ""),
      progress: showProgress(note),
      signal,
      publish: (render, file) => {
        const summary = mask(render(markdown(mask)));
        if (file !== undefined) writeFileSync(file, summary);
        process.stdout.write(summary);
      },
    });
    process.exitCode = fine ? EXIT.fine : EXIT.refused;
  } catch (error) {
    process.exitCode = signal.aborted ? INTERRUPTED : codeOf(error, note);
  } finally {
    interruption.done();
  }
}

const INTERRUPTED = 130;

function codeOf(error: unknown, note: (line: string) => void): ExitCode {
  // Commander has said it already; help comes this way, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.environment;
  if (error instanceof UserError) note(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  else note(`A bug, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return EXIT.environment;
}
