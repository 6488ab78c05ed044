import { resolve } from "node:path";
import type { AuditEntry, BlockPlace, Finding, Progress, Verified } from "../../service/audit/index.ts";
import { UserError } from "../../spec/user-error.ts";
import type { AuditedSubmission, AuditSource } from "../audit/source.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ClusterOptions, stateFolder } from "../run/connect.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import { paint, type Terminal } from "../terminal.ts";

/** Where the log is: with the service, else the folder of the embedded one, or on a ClickHouse server. */
export interface AuditPlaceOptions extends ClusterOptions {
  /** File with the bearer token for the service; default: that of the kubeconfig's user. */
  readonly tokenFile?: string;
  /** A folder instead of the service. */
  readonly folder?: string;
  /** `https://host:port` of ClickHouse instead of the service. */
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

/** One chain as it stands, hashed again; whether its blocks and its submission are whole, `verify` says. */
export async function show(
  submissionId: string,
  options: AuditPlaceOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  return withSource(options, terminal, async (source) => {
    const { walked } = await import("../audit/walked.ts");
    const { submission, entries } = await source.chain(submissionId);
    const findings = await walked(entries);
    if (options.json) {
      const shown = { submissionId, submission: submission ?? null, entries, findings };
      terminal.out(JSON.stringify(shown, null, 2));
    } else {
      showChain(submissionId, submission, entries, terminal);
      showFindings(findings, terminal);
    }
    return findings.length === 0 ? EXIT.fine : EXIT.runFailed;
  });
}

/** Every row of one chain, or of all; exit code 3 when something is not as it was written. */
export async function verify(
  submissionId: string | undefined,
  options: VerifyCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const head = options.head === undefined ? undefined : await givenHead(options.head);
  return withSource(options, terminal, async (source) => {
    const verified =
      submissionId === undefined
        ? await source.verifyLog(head, progress(terminal))
        : await source.verifyChain(submissionId);
    if (options.json) terminal.out(JSON.stringify(verified, null, 2));
    else showVerified(submissionId, verified, terminal);
    return verified.findings.length === 0 ? EXIT.fine : EXIT.runFailed;
  });
}

async function withSource<T>(
  options: AuditPlaceOptions,
  terminal: Terminal,
  work: (source: AuditSource) => Promise<T>,
): Promise<T> {
  const source = (await askedService(options)) ?? (await tables(options, terminal));
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

async function tables(options: AuditPlaceOptions, terminal: Terminal): Promise<AuditSource> {
  const { sourceInTables } = await import("../audit/in-tables.ts");
  const folder = options.folder ?? resolve(stateFolder(options), "audit");
  return await sourceInTables({ ...options, folder }, (message) => terminal.note(message));
}

/** The service, unless tables are named. Of a cluster that is named there is no other way; the embedded one may be stopped. */
async function askedService(options: AuditPlaceOptions): Promise<AuditSource | undefined> {
  const { server, folder, ...cluster } = options;
  if (server !== undefined || folder !== undefined) return undefined;
  const named = options.kubeconfig !== undefined || options.context !== undefined;
  const { reach } = await import("../service/address.ts");
  const { sourceInService } = await import("../audit/in-service.ts");
  if (named) return sourceInService(await reach(cluster));
  const { ServiceClient } = await import("../service/client.ts");
  const address = await reach(cluster).catch((error: unknown) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  if (address === undefined || !(await new ServiceClient(address).answers())) return undefined;
  return sourceInService(address);
}

async function givenHead(text: string): Promise<BlockPlace> {
  const { headOf } = await import("../../service/audit/verify.ts");
  const head = headOf(text);
  if (head !== undefined) return head;
  throw new UserError(`--head ${text} is no end of a log`, {
    hint: "it is a block and its hash, e.g. 42:9f86d0..., as `orch audit verify` prints it",
  });
}

function showChain(
  submissionId: string,
  submission: AuditedSubmission | undefined,
  entries: readonly AuditEntry[],
  terminal: Terminal,
): void {
  if (submission !== undefined) {
    const { pipelineId, team, env, actor } = submission;
    terminal.out(`${submissionId}: ${pipelineId} for team ${team} in ${env}, by ${actor}`);
  }
  const table = plainTable(["ROW", "AT", "EVENT", "BY", "DETAIL", "HASH"], terminal.colour);
  for (const { sequence, at, event, actor, detail, hash } of entries) {
    const pairs = Object.entries(detail).map(([key, value]) => `${key}=${plain(value)}`);
    table.push([sequence, new Date(at).toISOString(), event, actor, pairs.join(" "), hash.slice(0, 12)]);
  }
  terminal.out(tableText(table));
}

function showFindings(findings: readonly Finding[], terminal: Terminal): void {
  for (const { kind, message } of findings) {
    terminal.out(`${paint("red", kind.padEnd(9), terminal.colour)}  ${message}`);
  }
}

function showVerified(submissionId: string | undefined, verified: Verified, terminal: Terminal): void {
  const { findings, rows, chains, blocks, submissions, head, truncated } = verified;
  showFindings(findings, terminal);
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
