import { EXIT, type ExitCode } from "../exit-codes.ts";
import { reach, type ServiceOptions } from "../service/address.ts";
import { type Lineage, withService } from "../service/client.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import type { Terminal } from "../terminal.ts";
import { submissionIdOf } from "./status.ts";

export async function lineage(
  submission: string,
  options: ServiceOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const id = submissionIdOf(submission);
  return await withService(await reach(options), undefined, async (client) => {
    const known = await client.lineage(id);
    terminal.out(options.json ? JSON.stringify(known, null, 2) : lineageTable(known, terminal.colour));
    return EXIT.fine;
  });
}

/** A row for each data set that a node reads or writes. */
function lineageTable({ runs }: Lineage, colour: boolean): string {
  const table = plainTable(["NODE", "STATE", "", "NAME", "URI", "VERSION"], colour);
  for (const { node, state, inputs, outputs } of runs) {
    for (const { name, uri, version } of inputs) table.push([node, state, "reads", name, uri, version ?? "-"]);
    for (const { name, uri, version } of outputs) table.push([node, state, "writes", name, uri, version ?? "-"]);
  }
  return tableText(table);
}
