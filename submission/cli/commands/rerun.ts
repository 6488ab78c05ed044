import type { ExitCode } from "../exit-codes.ts";
import { EXIT } from "../exit-codes.ts";
import { reach, type ServiceOptions } from "../service/address.ts";
import { type Accepted, type Planned, type RerunBody, type ServiceClient, withService } from "../service/client.ts";
import { readDocuments } from "../service/documents.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import type { Terminal } from "../terminal.ts";
import { submissionIdOf } from "./status.ts";
import { diagnosticsOf, refuse, showAccepted } from "./submit.ts";

export interface RerunOptions extends ServiceOptions {
  /** Of the rerun; default: the original's with -r2, -r3, ... */
  readonly id?: string;
  readonly from?: string;
  readonly dag?: string;
  readonly params?: string;
  readonly refs?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export async function rerun(submission: string, options: RerunOptions, terminal: Terminal): Promise<ExitCode> {
  const of = submissionIdOf(submission);
  const { dag, params, refs, json = false } = options;
  const read = await readDocuments({ dag, params, refs });
  if (!read.ok) return refuse(read.diagnostics, dag ?? of, new Map(), json, terminal);
  const { documents } = read;
  const body: RerunBody = { ...documents.texts, submission_id: options.id, from: options.from };
  return await withService(await reach(options), undefined, async (client) => {
    try {
      return await start(client, of, body, options, terminal);
    } catch (error) {
      const diagnostics = diagnosticsOf(error, documents, params ?? dag ?? of);
      if (diagnostics === undefined) throw error;
      return refuse(diagnostics, dag ?? of, documents.sources, json, terminal);
    }
  });
}

async function start(
  client: ServiceClient,
  of: string,
  body: RerunBody,
  options: RerunOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.dryRun) {
    const planned = await client.plan({ ...body, rerun_of: of });
    terminal.out(options.json ? JSON.stringify(planned, null, 2) : planText(planned, terminal.colour));
    return planned.ok ? EXIT.fine : EXIT.input;
  }
  const accepted = await client.rerun(of, body);
  if (!options.json) terminal.note(planText(accepted, terminal.colour));
  return await showAccepted(accepted, client, options, terminal);
}

/** What is kept and what runs, and why. */
function planText({ submission_id, rerun }: Accepted | Planned, colour: boolean): string {
  const table = plainTable(["NODE", "WHAT", "WHY"], colour);
  for (const { node, because } of rerun?.run ?? []) table.push([node, "runs", because]);
  for (const { node } of rerun?.kept ?? []) table.push([node, "kept", "it succeeded, and is what it was"]);
  return `${submission_id}, a rerun of ${rerun?.rerun_of ?? "?"}\n${tableText(table)}`;
}
