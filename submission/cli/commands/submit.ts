import type { Code } from "../../spec/codes.ts";
import type { Diagnostic } from "../../spec/model.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { reach, type ServiceAddress, type ServiceOptions } from "../service/address.ts";
import { type Accepted, type ServiceClient, ServiceProblem, withService } from "../service/client.ts";
import { located, type ReadDocuments, readDocuments } from "../service/documents.ts";
import { diagnosticsJson, showDiagnostics } from "../show/diagnostics.ts";
import { showProgress } from "../show/progress.ts";
import type { Terminal } from "../terminal.ts";
import { exitOf, showRun } from "./status.ts";

export interface SubmitOptions extends ServiceOptions {
  readonly params?: string;
  readonly refs?: string;
  readonly team?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

export async function submit(dag: string, options: SubmitOptions, terminal: Terminal): Promise<ExitCode> {
  const read = await readDocuments({ dag, params: options.params, refs: options.refs });
  if (!read.ok) return refuse(read.diagnostics, dag, new Map(), options.json === true, terminal);
  const { documents } = read;
  const address = await reachOrJudge(dag, documents, options, terminal);
  if (address === undefined) return EXIT.input;
  return await withService(address, options.team, async (client) => {
    let accepted: Accepted;
    try {
      accepted = await client.submit(documents.texts);
    } catch (error) {
      const diagnostics = diagnosticsOf(error, documents, options.params ?? dag);
      if (diagnostics === undefined) throw error;
      return refuse(diagnostics, dag, documents.sources, options.json === true, terminal);
    }
    if (accepted.warnings.length > 0 && !options.json)
      showDiagnostics(located(accepted.warnings, documents), documents.sources, terminal);
    return await showAccepted(accepted, client, options, terminal);
  });
}

/** Where there is no service to ask, a wrong DAG is still said to be wrong; undefined: it is. */
async function reachOrJudge(
  dag: string,
  documents: ReadDocuments,
  options: SubmitOptions,
  terminal: Terminal,
): Promise<ServiceAddress | undefined> {
  try {
    return await reach(options);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 2) throw error;
    const { check, localProfile } = await import("../../spec/index.ts");
    const { texts, files, sources } = documents;
    const document = (field: keyof typeof texts) => {
      const text = texts[field];
      return text === undefined ? undefined : { text, source: files.get(field) ?? field };
    };
    const result = check({
      dag: document("dag_spec") ?? { text: "", source: dag },
      params: document("runtime_params"),
      refs: document("refs"),
      profile: localProfile(),
      team: options.team,
    });
    if (result.ok) throw error;
    refuse(result.diagnostics, dag, sources, options.json === true, terminal);
    return undefined;
  }
}

/** Says that it was accepted and, where that is asked for, what comes of it. */
export async function showAccepted(
  accepted: Accepted,
  client: ServiceClient,
  options: Pick<SubmitOptions, "wait" | "json">,
  terminal: Terminal,
): Promise<ExitCode> {
  const { warnings: _, ...facts } = accepted;
  const line = `${accepted.submission_id} accepted for team ${accepted.team}`;
  if (!options.wait) {
    terminal.out(options.json ? JSON.stringify({ ok: true, ...facts }, null, 2) : line);
    return EXIT.fine;
  }
  terminal.note(line);
  const run = await showProgress(client.follow(accepted.submission_id), terminal);
  if (run === undefined) return EXIT.environment;
  if (options.json) terminal.out(JSON.stringify({ ok: true, ...facts, run }, null, 2));
  else showRun(run, false, terminal);
  return exitOf(run);
}

export function refuse(
  diagnostics: readonly Diagnostic[],
  dag: string,
  sources: ReadonlyMap<string, string>,
  json: boolean,
  terminal: Terminal,
): ExitCode {
  if (json) terminal.out(JSON.stringify({ ok: false, diagnostics: diagnosticsJson(diagnostics, dag) }, null, 2));
  else showDiagnostics(diagnostics, sources, terminal);
  return EXIT.input;
}

/** What the service says about the documents; undefined: it says something else. */
export function diagnosticsOf(error: unknown, documents: ReadDocuments, params: string): Diagnostic[] | undefined {
  if (!(error instanceof ServiceProblem)) return undefined;
  const { diagnostics, digests } = error.problem;
  if (diagnostics !== undefined && diagnostics.length > 0) return located(diagnostics, documents);
  if (digests !== undefined) return [conflict(error, params, documents.sources)];
  return undefined;
}

/** The id is in use: shown where it stands. */
function conflict({ problem }: ServiceProblem, source: string, sources: ReadonlyMap<string, string>): Diagnostic {
  const text = sources.get(source) ?? "";
  const field = /\bsubmission_id\b["']?\s*:\s*/.exec(text);
  const lines = text.slice(0, field === null ? 0 : field.index + field[0].length).split("\n");
  return {
    code: "submit/id-in-use" satisfies Code,
    severity: "error",
    message: problem.detail,
    path: "submission_id",
    line: lines.length,
    column: [...(lines.at(-1) ?? "")].length + 1,
    suggestion: "Give this one an id of its own (submission_id in the runtime parameters).",
    source,
  };
}
