import { CODES, type Code } from "../../spec/codes.ts";
import { didYouMean } from "../../spec/suggest.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import type { Terminal } from "../terminal.ts";

export async function explain(
  code: string | undefined,
  options: { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  if (code !== undefined && !isCode(code)) {
    throw new UserError(`there is no diagnostic ${code}`, {
      hint: didYouMean(code, Object.keys(CODES)) ?? "`orch explain` lists them all",
    });
  }
  const chosen = code === undefined ? Object.entries(CODES) : [[code, CODES[code]] as const];
  if (options.json) {
    terminal.out(JSON.stringify(Object.fromEntries(chosen), null, 2));
    return EXIT.fine;
  }
  if (code !== undefined) {
    terminal.out(CODES[code]);
    return EXIT.fine;
  }
  const table = plainTable(["CODE", "MEANING"], terminal.colour);
  for (const [name, meaning] of chosen) table.push([name, meaning]);
  terminal.out(tableText(table));
  return EXIT.fine;
}

function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
