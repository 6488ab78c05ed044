import { EXIT, type ExitCode } from "../exit-codes.ts";
import { reach, type ServiceOptions } from "../service/address.ts";
import { withService } from "../service/client.ts";
import type { Terminal } from "../terminal.ts";
import { submissionIdOf } from "./status.ts";

export async function cancel(
  submission: string,
  options: ServiceOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const id = submissionIdOf(submission);
  return await withService(await reach(options), undefined, async (client) => {
    const { outcome } = await client.cancel(id);
    const text =
      outcome === "finished"
        ? `${id} is over already`
        : `${id} is being cancelled; \`orch status ${id} --watch\` follows it`;
    terminal.out(options.json ? JSON.stringify({ submission_id: id, outcome }) : text);
    return EXIT.fine;
  });
}
