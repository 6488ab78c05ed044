import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { AuditEntry, AuditTables, BlockPlace, Progress, Verified } from "../../service/audit/index.ts";
import type { SubmissionRecord } from "../../service/model.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { stateFolder } from "../run/connect.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import { paint, type Terminal } from "../terminal.ts";

/** Where the log is: the folder of the embedded service, or a ClickHouse server. */
export interface AuditPlaceOptions {
  readonly name?: string;
  readonly state?: string;
  /** Default: `audit` in the state folder of the embedded environment. */
  readonly folder?: string;
  /** `https://host:port`. */
  readonly server?: string;
  /** Default: `audit_reader`. */
  readonly user?: string;
  readonly passwordFile?: string;
  /** PEM. */
  readonly ca?: string;
}

export interface VerifyCommandOptions extends AuditPlaceOptions {
  /** `<block>:<hash>`, as an earlier verification has printed it. */
  readonly head?: string;
  readonly json?: boolean;
}

/** One chain as it stands; whether it is whole, `verify` says. */
export async function show(
  submissionId: string,
  options: AuditPlaceOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  return withTables(options, async (tables) => {
    const { AuditReader } = await import("../../service/audit/index.ts");
    const reader = new AuditReader(tables);
    const entries = await reader.chain(submissionId);
    if (entries.length === 0) throw neverWritten(submissionId);
    const record = await reader.record(submissionId);
    if (options.json) terminal.out(JSON.stringify({ submissionId, submission: about(record), entries }, null, 2));
    else showChain(submissionId, record, entries, terminal);
    return EXIT.fine;
  });
}

/** Every row of one chain, or of all; exit code 3 when something is not as it was written. */
export async function verify(
  submissionId: string | undefined,
  options: VerifyCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const head = options.head === undefined ? undefined : headOf(options.head);
  return withTables(options, async (tables) => {
    const { auditPages, verifyAll, verifyChain } = await import("../../service/audit/index.ts");
    const pages = auditPages(tables);
    const onProgress = progress(terminal);
    const verified =
      submissionId === undefined
        ? await verifyAll(pages, { head, onProgress })
        : await verifyChain(pages, submissionId);
    if (verified === undefined) throw neverWritten(submissionId ?? "");
    if (options.json) terminal.out(JSON.stringify(verified, null, 2));
    else showVerified(submissionId, verified, terminal);
    return verified.findings.length === 0 ? EXIT.fine : EXIT.runFailed;
  });
}

async function withTables<T>(options: AuditPlaceOptions, work: (tables: AuditTables) => Promise<T>): Promise<T> {
  const { Unavailable } = await import("../../service/unavailable.ts");
  const tables = await openTables(options);
  try {
    return await work(tables);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const cause = error.cause instanceof Error ? error.cause.message : undefined;
    throw new UserError(`the audit log cannot be read${cause === undefined ? "" : `: ${cause}`}`, {
      hint: "check the address, the account and the way there; nothing was changed",
      exitCode: 2,
      cause: error,
    });
  } finally {
    await tables.close();
  }
}

async function openTables(options: AuditPlaceOptions): Promise<AuditTables> {
  const { openEmbeddedTables, serverTables } = await import("../../service/audit/index.ts");
  if (options.server !== undefined) {
    return serverTables({
      address: options.server,
      username: options.user ?? "audit_reader",
      password: options.passwordFile === undefined ? "" : (await text(options.passwordFile)).trimEnd(),
      ...(options.ca === undefined ? {} : { ca: await text(options.ca) }),
      timeoutMs: 300_000,
    });
  }
  const folder = resolve(options.folder ?? resolve(stateFolder(options), "audit"));
  if (!existsSync(folder)) {
    throw new UserError(`there is no audit log in ${folder}`, {
      hint: "it comes with the first submission through the service; name another with --folder or --server",
      exitCode: 2,
    });
  }
  return openEmbeddedTables(folder);
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new UserError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function headOf(given: string): BlockPlace {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(given) ?? [];
  if (sequence === undefined || hash === undefined) {
    throw new UserError(`--head ${given} is no end of a log`, {
      hint: "it is a block and its hash, e.g. 42:9f86d0..., as `orch audit verify` prints it",
    });
  }
  return { sequence: Number(sequence), hash };
}

const neverWritten = (submissionId: string) =>
  new UserError(`the audit log has nothing of ${submissionId}`, {
    hint: "ids are those of submissions, or refused/<request>; `orch audit verify` says whether any is missing",
  });

/** Documents and manifest are long, and their digests are in the chain. */
function about(record: SubmissionRecord | undefined) {
  if (record === undefined) return null;
  const { documents: _documents, manifest: _manifest, ...rest } = record;
  return rest;
}

function showChain(
  submissionId: string,
  record: SubmissionRecord | undefined,
  entries: readonly AuditEntry[],
  terminal: Terminal,
): void {
  if (record !== undefined) {
    terminal.out(`${submissionId}: ${record.pipelineId} for team ${record.team} in ${record.env}, by ${record.actor}`);
  }
  const table = plainTable(["ROW", "AT", "EVENT", "BY", "DETAIL", "HASH"], terminal.colour);
  for (const { sequence, at, event, actor, detail, hash } of entries) {
    const pairs = Object.entries(detail).map(([key, value]) => `${key}=${plain(value)}`);
    table.push([sequence, new Date(at).toISOString(), event, actor, pairs.join(" "), hash.slice(0, 12)]);
  }
  terminal.out(tableText(table));
}

function showVerified(submissionId: string | undefined, verified: Verified, terminal: Terminal): void {
  const { findings, rows, chains, blocks, submissions, head, truncated } = verified;
  for (const { kind, message } of findings) {
    terminal.out(`${paint("red", kind.padEnd(9), terminal.colour)}  ${message}`);
  }
  if (truncated) terminal.out("and more, which are not named here");
  const seen =
    submissionId === undefined
      ? `${count(rows, "row")} in ${count(chains, "chain")}, ${count(blocks, "block")}, ${count(submissions, "submission")}`
      : `${submissionId}: ${count(rows, "row")}, ${count(blocks, "block")}`;
  const state = findings.length === 0 ? "as it was written" : `${count(findings.length, "thing")} found, see above`;
  terminal.out(`${seen}: ${paint(findings.length === 0 ? "green" : "red", state, terminal.colour)}`);
  if (submissionId === undefined && head !== undefined) terminal.out(`head: ${head.sequence}:${head.hash}`);
}

const count = (number: number, what: string) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

/** On one line, whatever it holds. */
const plain = (value: string) => (/^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value));

/** Quiet for two seconds, then a line every two. */
function progress(terminal: Terminal): (progress: Progress) => void {
  let said = Date.now();
  return ({ rows, blocks, submissions }) => {
    if (Date.now() - said < 2_000) return;
    said = Date.now();
    terminal.note(`${count(rows, "row")}, ${count(blocks, "block")}, ${count(submissions, "submission")} so far`);
  };
}
