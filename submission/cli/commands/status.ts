import type { SubmissionStatus } from "../../service/status/status.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { reach, type ServiceOptions } from "../service/address.ts";
import { withService } from "../service/client.ts";
import { showProgress } from "../show/progress.ts";
import { runLine, runTable, waitingText } from "../show/run-table.ts";
import type { Terminal } from "../terminal.ts";

const SUBMISSION_ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** @throws UserError for what can be no id, before anybody is asked */
export function submissionIdOf(text: string): string {
  if (SUBMISSION_ID.test(text)) return text;
  throw new UserError(`${text} is not a submission id`, { hint: "it is a DNS label of at most 63 characters" });
}

export async function status(
  submission: string,
  options: ServiceOptions & { readonly watch?: boolean; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const id = submissionIdOf(submission);
  return await withService(await reach(options), undefined, async (client) => {
    const run = options.watch ? await showProgress(client.follow(id), terminal) : await client.status(id);
    if (run === undefined) return EXIT.environment;
    showRun(run, options.json === true, terminal);
    return options.watch ? exitOf(run) : EXIT.fine;
  });
}

export function showRun(run: SubmissionStatus, json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.out(JSON.stringify(run, null, 2));
    return;
  }
  terminal.out(runLine(run, terminal.colour));
  if (run.message) terminal.out(run.message);
  terminal.out(runTable(run.nodes, terminal.colour));
  const waiting = waitingText(run.nodes);
  if (waiting !== "") terminal.out(waiting);
}

export function exitOf(run: SubmissionStatus): ExitCode {
  return run.phase === "Succeeded" ? EXIT.fine : EXIT.runFailed;
}
