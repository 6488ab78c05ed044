import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assembleEvidence, type RunReader, signEvidence } from "../../spec/release/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { EvidenceFiles } from "../evidence/files.ts";
import { clusterRuns, fileRuns } from "../evidence/run-records.ts";
import { readSigningKey, refuseKms } from "../evidence/signing-key.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readDocument } from "../input.ts";
import { locateRun, type RunOptions } from "../run/run-command.ts";
import type { Terminal } from "../terminal.ts";

export interface EvidenceOptions extends RunOptions {
  readonly secondRun: string;
  /** Files that together are the result of the run. */
  readonly result: readonly string[];
  readonly secondResult: readonly string[];
  readonly card: string;
  readonly image: string;
  readonly submittedBy: string;
  /** Default: `submittedBy`. */
  readonly secondSubmittedBy?: string;
  readonly modelVersion?: string;
  readonly stays?: string;
  readonly approvals?: string;
  /** Files of Workflows instead of a cluster. */
  readonly workflows?: readonly string[];
  readonly key: string;
  readonly kid?: string;
  readonly out: string;
  readonly json?: boolean;
}

const KEY_LIMIT = 64 * 1024;
const WORKFLOW_LIMIT = 16 * 1024 * 1024;

/** Assembles the evidence of a model from two runs and signs it. */
export async function evidence(submissionId: string, options: EvidenceOptions, terminal: Terminal): Promise<ExitCode> {
  refuseKms(options.key);
  const files = new EvidenceFiles();
  const result = await files.read("result", options.result);
  const secondResult = await files.read("second result", options.secondResult);
  const card = await files.read("card", [options.card]);
  const stays = options.stays === undefined ? [] : await files.read("stays", [options.stays]);
  const approvals = options.approvals === undefined ? [] : await files.read("approvals", [options.approvals]);
  const problems = [...files.problems];
  const signer = await gather(problems, async () => {
    const { text, source } = await readDocument(options.key, KEY_LIMIT);
    return readSigningKey(text, source, options.kid);
  });
  const reader = await gather(problems, () => runReader(submissionId, options));
  const [first, second] = await Promise.all(
    [submissionId, options.secondRun].map((id) => reader && gather(problems, () => reader.run(id))),
  );
  if (!(result && secondResult && card && stays && approvals && signer && first && second)) throw refusal(problems);

  const assembled = assembleEvidence({
    runs: [first, second],
    results: [result, secondResult],
    submittedBy: [options.submittedBy, options.secondSubmittedBy ?? options.submittedBy],
    card,
    stays,
    approvals,
    image: options.image,
    modelVersion: options.modelVersion ?? submissionId,
    issuedAt: new Date(),
  });
  if ("problems" in assembled) throw refusal(assembled.problems);
  const token = await signEvidence(assembled.evidence, signer);
  const written = {
    jws: write(join(options.out, `${submissionId}.evidence.jws`), `${token}\n`),
    json: write(join(options.out, `${submissionId}.evidence.json`), `${JSON.stringify(assembled.evidence, null, 2)}\n`),
  };
  if (options.json) terminal.out(JSON.stringify({ ok: true, ...written, public_key: signer.publicKey }, null, 2));
  else {
    terminal.out(`${written.jws}  signed, what a release names as its evidence`);
    terminal.out(`${written.json}  what it says, to be read`);
    terminal.note(`signed by ${JSON.stringify(signer.publicKey)}, which belongs under keys of evidence-is-signed`);
  }
  return EXIT.fine;
}

async function runReader(submissionId: string, options: EvidenceOptions): Promise<RunReader> {
  if (options.workflows === undefined) return clusterRuns(await locateRun(submissionId, options));
  const files = await Promise.all(options.workflows.map((path) => readDocument(path, WORKFLOW_LIMIT)));
  return fileRuns(files);
}

/** One mistake must not hide the next. */
async function gather<T>(problems: string[], attempt: () => Promise<T>): Promise<T | undefined> {
  try {
    return await attempt();
  } catch (error) {
    // Of an environment that cannot be asked nothing else is worth saying.
    if (!(error instanceof UserError) || error.exitCode === 2) throw error;
    problems.push(error.hint === undefined ? error.message : `${error.message} (${error.hint})`);
    return undefined;
  }
}

const refusal = (problems: readonly string[]): UserError =>
  new UserError(`there is no evidence yet:\n${problems.map((problem) => `  ${problem}`).join("\n")}`, {
    hint: "`orch evidence --help` shows what it is made of",
  });

function write(path: string, text: string): string {
  try {
    writeFileSync(path, text);
    return path;
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "--out names a folder that is there",
      exitCode: 2,
    });
  }
}
