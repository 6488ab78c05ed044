import { compile } from "../../compile/index.ts";
import { type Diagnostic, localProfile } from "../../spec/index.ts";
import { checkDocuments, diagnosticsJson, inSource, type SpecOptions } from "../documents.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type ClusterOptions, connect } from "../run/connect.ts";
import type { RunPlace } from "../run/run-command.ts";
import { SubmissionConflict, type Submitted, submitWorkflow } from "../run/submit.ts";
import { profileOf } from "../run/team.ts";
import { showDiagnostics } from "../show/diagnostics.ts";
import { showProgress } from "../show/progress.ts";
import type { Terminal } from "../terminal.ts";
import { exitOf, followRun, showRun } from "./status.ts";

export interface SubmitOptions extends SpecOptions, ClusterOptions {
  readonly wait?: boolean;
  readonly json?: boolean;
}

export async function submit(dag: string, options: SubmitOptions, terminal: Terminal): Promise<ExitCode> {
  // The profile of a cluster the user named is there; any other is at hand, and a wrong DAG is said to be wrong without a cluster. A
  // team that is not in the profile at hand may have been added to the environment.
  const named = options.kubeconfig !== undefined || options.context !== undefined;
  const added = options.team !== undefined && options.profile === undefined && !(options.team in localProfile().teams);
  const inForce = named || added ? await profileOf(connect(options), options.profile, options.team) : undefined;
  const { result, profile, sources } = await checkDocuments(dag, options, inForce);
  const refuse = (diagnostics: readonly Diagnostic[]): ExitCode => {
    if (options.json)
      terminal.out(JSON.stringify({ ok: false, diagnostics: diagnosticsJson(diagnostics, dag) }, null, 2));
    else showDiagnostics(diagnostics, sources, terminal);
    return EXIT.input;
  };
  if (!result.ok) return refuse(result.diagnostics);
  const compiled = compile(result.submission, profile);
  if (!compiled.ok) return refuse([...result.diagnostics, ...inSource(compiled.diagnostics, dag, sources)]);
  if (result.diagnostics.length > 0 && !options.json) showDiagnostics(result.diagnostics, sources, terminal);

  const cluster = connect(options);
  let submitted: Submitted;
  try {
    submitted = await submitWorkflow(cluster, compiled.workflow);
  } catch (error) {
    if (!(error instanceof SubmissionConflict)) throw error;
    return refuse([conflictDiagnostic(error, options.params ?? dag, sources)]);
  }
  const place: RunPlace = { cluster, profile, namespace: submitted.namespace, submissionId: submitted.submissionId };
  if (!options.wait) {
    if (options.json) terminal.out(JSON.stringify(submittedJson(submitted), null, 2));
    else terminal.out(submittedLine(submitted));
    return EXIT.fine;
  }
  terminal.note(submittedLine(submitted));
  const run = await showProgress(followRun(place), terminal);
  if (run === undefined) return EXIT.environment;
  if (options.json) terminal.out(JSON.stringify({ ...submittedJson(submitted), run }, null, 2));
  else showRun(run, false, terminal);
  return exitOf(run);
}

function submittedLine({ outcome, submissionId, namespace }: Submitted): string {
  return outcome === "created"
    ? `${submissionId} submitted as Workflow ${namespace}/${submissionId}`
    : `${submissionId} is already submitted, with the same manifest`;
}

function submittedJson({ outcome, submissionId, namespace, manifestDigest }: Submitted) {
  return { ok: true, submission_id: submissionId, outcome, namespace, manifest_digest: manifestDigest };
}

function conflictDiagnostic(
  conflict: SubmissionConflict,
  source: string,
  sources: ReadonlyMap<string, string>,
): Diagnostic {
  const { code, message, hint } = conflict;
  const text = sources.get(source) ?? "";
  const field = /\bsubmission_id\b["']?\s*:\s*/.exec(text);
  const lines = text.slice(0, field === null ? 0 : field.index + field[0].length).split("\n");
  return {
    code,
    severity: "error",
    message,
    path: "submission_id",
    line: lines.length,
    column: [...(lines.at(-1) ?? "")].length + 1,
    suggestion: hint,
    source,
  };
}
