import { readFile } from "node:fs/promises";
import {
  type Cluster,
  connect,
  follow,
  type RunSnapshot,
  SubmissionConflict,
  submitWorkflow,
} from "../../submission/cli/run/index.ts";
import { showProgress } from "../../submission/cli/show/progress.ts";
import type { Terminal } from "../../submission/cli/terminal.ts";
import { type Compiled, compile, type Output } from "../../submission/compile/index.ts";
import { check, localProfile, renderDiagnostics, UserError } from "../../submission/spec/index.ts";

const DAG = "submission/samples/bt_xs_bilstm_v1.yaml";
const PARAMS = "submission/samples/runtime_params.json";

export interface SampleRun {
  readonly last: RunSnapshot;
  readonly outputs: readonly Output[];
}

/**
 * Submits the sample under its own id, or the first free one after it where an earlier start has used that, and follows it.
 *
 * @returns undefined when interrupted before anything was seen
 */
export async function runSample(
  stateDir: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<SampleRun | undefined> {
  const cluster = connect({ state: stateDir });
  const compiled = await submitUnderFreeId(cluster);
  const { name, namespace } = compiled.workflow.metadata;
  const snapshots = follow({
    kubeConfig: cluster.kubeConfig,
    namespace,
    submissionId: name,
    profile: localProfile(),
    cluster: cluster.description,
    signal,
  });
  const last = await showProgress(snapshots, terminal);
  return last === undefined ? undefined : { last, outputs: compiled.outputs };
}

async function submitUnderFreeId(cluster: Cluster): Promise<Compiled> {
  const [dag, paramsText] = await Promise.all([read(DAG), read(PARAMS)]);
  const params: unknown = JSON.parse(paramsText);
  if (typeof params !== "object" || params === null || !("submission_id" in params))
    throw new Error(`${PARAMS} names no submission_id`);
  for (let start = 1; ; start += 1) {
    const id = start === 1 ? params.submission_id : `${params.submission_id}-${start}`;
    const compiled = compileSample(dag, JSON.stringify({ ...params, submission_id: id }));
    try {
      const { outcome } = await submitWorkflow(cluster, compiled.workflow);
      if (outcome === "created") return compiled;
    } catch (error) {
      if (!(error instanceof SubmissionConflict)) throw error;
    }
  }
}

function compileSample(dag: string, params: string): Compiled {
  const profile = localProfile();
  const checked = check({ dag: { text: dag, source: DAG }, params: { text: params, source: PARAMS }, profile });
  const compiled = checked.ok ? compile(checked.submission, profile) : checked;
  if (!compiled.ok) {
    const sources = new Map([
      [DAG, dag],
      [PARAMS, params],
    ]);
    throw new UserError(renderDiagnostics(compiled.diagnostics, sources, { color: false }));
  }
  return compiled;
}

function read(path: string): Promise<string> {
  return readFile(new URL(`../../${path}`, import.meta.url), "utf8");
}
