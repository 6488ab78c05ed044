import { documentTooLarge } from "../spec/check.ts";
import { diagnostic } from "../spec/diagnostics.ts";
import type { Diagnostic } from "../spec/model.ts";
import { UserError } from "../spec/user-error.ts";

// Asked of the process, not imported: an import also reads every getter of `node:fs`, and so loads its promises and streams.
const { closeSync, fstatSync, openSync, readSync } = process.getBuiltinModule("node:fs");

/** A document as it was read. `source` is what messages call it: the path as given, or `-`. */
export interface Document {
  readonly text: string;
  readonly source: string;
}

/** The document cannot be had at all; carries a diagnostic so that `--json` reports it like any other mistake. */
export class InputError extends UserError {
  readonly diagnostic: Diagnostic;

  constructor(found: Diagnostic) {
    super(found.message, { hint: found.suggestion });
    this.name = "InputError";
    this.diagnostic = found;
  }
}

function tooLarge(source: string, limit: number, size?: number): InputError {
  return new InputError(documentTooLarge(source, size, limit));
}

function describe(source: string): string {
  return source === "-" ? "Standard input" : source;
}

function refusal(source: string, error: NodeJS.ErrnoException): InputError {
  const refuse = (code: "input/unreadable" | "input/directory", message: string, suggestion: string) =>
    new InputError(diagnostic(code, message, source, suggestion));
  switch (error.code) {
    case "ENOENT":
      return refuse("input/unreadable", `There is no file ${source}.`, "Check the path; `-` reads standard input.");
    case "EACCES":
    case "EPERM":
      return refuse("input/unreadable", `${source} may not be read.`, "Check the file's permissions.");
    case "EISDIR":
      return refuse("input/directory", `${source} is a directory.`, "Name the file in it.");
    default:
      return refuse("input/unreadable", `${source} cannot be read: ${error.message}.`, "Check the path.");
  }
}

/** Never holds more than `limit` bytes and one chunk, whatever the source goes on to deliver. */
async function readBounded(chunks: AsyncIterable<Buffer>, source: string, limit: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw tooLarge(source, limit);
    kept.push(chunk);
  }
  return Buffer.concat(kept, size);
}

function decode(bytes: Buffer, source: string): string {
  const binary = (why: string) =>
    new InputError(
      diagnostic(
        "input/encoding",
        `${describe(source)} is not UTF-8 text: ${why}.`,
        source,
        "Save it as UTF-8 YAML or JSON.",
      ),
    );
  if (bytes.includes(0)) throw binary(`there is a NUL at byte ${bytes.indexOf(0)}`);
  // A byte order mark stays: the parsers count columns from the text as it is.
  const text = bytes.toString("utf8");
  // What stands for bytes that are no UTF-8; a document may also hold it as a character of its own.
  if (text.includes("\ufffd") && !isUtf8(bytes)) throw binary("it has bytes that are no UTF-8");
  return text;
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const CHUNK = 64 * 1024;

/** Synchronous: the command has nothing else to do meanwhile, and streams take longer to load than the file to read. */
function readFile(source: string, limit: number): Buffer {
  let file: number | undefined;
  try {
    file = openSync(source, "r");
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw Object.assign(new Error("a directory"), { code: "EISDIR" });
    if (stat.isFile() && stat.size > limit) throw tooLarge(source, limit, stat.size);
    const kept: Buffer[] = [];
    let size = 0;
    for (;;) {
      const left = stat.size - size;
      const chunk = Buffer.allocUnsafe(Math.max(CHUNK, Math.min(left + 1, limit + 1)));
      const read = readSync(file, chunk, 0, chunk.length, null);
      if (read === 0) return kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept, size);
      size += read;
      if (size > limit) throw tooLarge(source, limit);
      kept.push(chunk.subarray(0, read));
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw refusal(source, error as NodeJS.ErrnoException);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Reads one document. `-` is standard input.
 * @param limit in bytes; a larger file is refused by its size alone, a larger stream as soon as it passes the limit.
 * @throws InputError when it is missing, a directory, unreadable, too large or not UTF-8 text.
 */
export async function readDocument(source: string, limit: number): Promise<Document> {
  if (source !== "-") return { text: decode(readFile(source, limit), source), source };
  if (process.stdin.isTTY) process.stderr.write("orch: reading standard input, end with Ctrl-D\n");
  const bytes = await readBounded(process.stdin, source, limit);
  return { text: decode(bytes, source), source };
}

/** Standard input can be read once: two documents cannot both be `-`. */
export function refuseTwoStandardInputs(paths: readonly (string | undefined)[]): void {
  if (paths.filter((path) => path === "-").length > 1) {
    throw new UserError("only one document can come from standard input", { hint: "give the others as files" });
  }
}
