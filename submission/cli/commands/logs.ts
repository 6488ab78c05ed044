import type { LogLine } from "../../service/logs/logs.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { reach, type ServiceOptions } from "../service/address.ts";
import { withService } from "../service/client.ts";
import { paint, type Terminal } from "../terminal.ts";
import { submissionIdOf } from "./status.ts";

export interface LogsOptions extends ServiceOptions {
  readonly node?: string;
  readonly follow?: boolean;
}

/** Lines of programs on standard output; what the service says in place of a log goes beside it. */
export async function logs(submission: string, options: LogsOptions, terminal: Terminal): Promise<ExitCode> {
  const id = submissionIdOf(submission);
  return await withService(await reach(options), undefined, async (client) => {
    for await (const line of client.logs(id, options.node, options.follow === true)) show(line, options, terminal);
    return EXIT.fine;
  });
}

function show({ node, text, notice }: LogLine, { node: only }: LogsOptions, terminal: Terminal): void {
  if (notice === true) terminal.note(`${node}: ${text}`);
  else terminal.out(only === undefined ? `${paint("cyan", node, terminal.colour)} | ${text}` : text);
}
