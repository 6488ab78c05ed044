import { EXIT, type ExitCode } from "../exit-codes.ts";
import { reach, type ServiceOptions } from "../service/address.ts";
import { type SubmissionPage, withService } from "../service/client.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import type { Terminal } from "../terminal.ts";

export interface ListOptions extends ServiceOptions {
  readonly team?: string;
  readonly pipeline?: string;
  readonly event?: string;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

export async function list(options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const { team, pipeline, event, limit, cursor } = options;
  return await withService(await reach(options), undefined, async (client) => {
    const page = await client.list({ team, pipeline_id: pipeline, event, limit, cursor });
    if (options.json) {
      terminal.out(JSON.stringify(page, null, 2));
      return EXIT.fine;
    }
    terminal.out(listTable(page, terminal.colour));
    if (page.next !== null) terminal.note(`There are more: --cursor ${page.next}`);
    return EXIT.fine;
  });
}

function listTable({ submissions }: SubmissionPage, colour: boolean): string {
  const table = plainTable(["SUBMISSION", "PIPELINE", "TEAM", "ENV", "BY", "ACCEPTED", "LAST"], colour);
  for (const row of submissions) {
    const accepted = row.accepted_at.slice(0, 19).replace("T", " ");
    table.push([row.submission_id, row.pipeline_id, row.team, row.env, row.submitted_by, accepted, row.event]);
  }
  return tableText(table);
}
