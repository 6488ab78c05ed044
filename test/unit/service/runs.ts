import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Compiled, compile, taskName } from "../../../submission/compile/index.ts";
import { type WorkflowObject, workflow } from "../../../submission/service/kubernetes/objects.ts";
import type { SubmissionRecord } from "../../../submission/service/model.ts";
import { check, localProfile } from "../../../submission/spec/index.ts";

const read = (name: string) => readFileSync(resolve(import.meta.dirname, "../../../submission/samples", name), "utf8");

/** Midnight of a new year, and a time of day on it as Argo writes it. */
export const MIDNIGHT = Date.parse("2026-01-01T00:00:00Z");
export const clock = (seconds: number): string => new Date(MIDNIGHT + seconds * 1000).toISOString().replace(".000", "");

export interface Try {
  readonly phase: string;
  readonly from: number;
  readonly to?: number;
  readonly message?: string;
}

export interface ArgoRun {
  readonly phase?: string;
  readonly from?: number;
  readonly to?: number;
  readonly message?: string;
  readonly shutdown?: string;
  /** By node id: how Argo sees the node as a whole, and its pods. */
  readonly nodes?: Readonly<
    Record<string, { readonly phase: string; readonly to?: number; readonly tries: readonly Try[] }>
  >;
}

function compiledSample(id: string): Compiled {
  const profile = localProfile();
  const checked = check({
    dag: { text: read("bt_xs_bilstm_v1.yaml"), source: "dag.yaml" },
    params: { text: read("runtime_params.json").replace("sub-2025-10-29-001", id), source: "params.json" },
    profile,
  });
  const compiled = checked.ok ? compile(checked.submission, profile) : checked;
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled;
}

/** The document's sample, accepted at midnight. */
export function sampleRecord(id: string): SubmissionRecord {
  const compiled = compiledSample(id);
  return {
    submissionId: id,
    team: "research",
    namespace: "team-research",
    pipelineId: "bt_xs_bilstm_v1",
    env: "staging",
    actor: "alice@example.com",
    acceptedAt: MIDNIGHT,
    bodyDigest: "sha256:0",
    manifestDigest: compiled.digests.manifest,
    recipeDigest: compiled.digests.recipe,
    documents: {
      dag: read("bt_xs_bilstm_v1.yaml"),
      params: read("runtime_params.json").replace("sub-2025-10-29-001", id),
      refs: undefined,
    },
    manifest: compiled.json(),
    rerunOf: undefined,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  };
}

/** The sample's Workflow with a status as Argo's controller writes it: a node that may be tried again is a `Retry` with a DAG in each try. */
export function argoRun(id: string, run: ArgoRun): WorkflowObject {
  const { apiVersion: _, kind: _kind, ...compiled } = compiledSample(id).workflow;
  const nodes: Record<string, object> = { [id]: { id, displayName: id, type: "DAG", phase: run.phase } };
  for (const [node, { phase, to, tries }] of Object.entries(run.nodes ?? {})) {
    const name = taskName(node);
    const whole = { id: node, displayName: name, type: "Retry", boundaryID: id, phase };
    nodes[node] = { ...whole, ...times(tries[0]?.from ?? 0, to), message: tries.at(-1)?.message };
    tries.forEach((one, at) => {
      const around = `${node}-${at}`;
      nodes[around] = { id: around, displayName: `${name}(${at})`, type: "DAG", boundaryID: id, phase: one.phase };
      nodes[`${around}-pod`] = {
        id: `${around}-pod`,
        displayName: "try",
        type: "Pod",
        boundaryID: around,
        phase: one.phase,
        message: one.message,
        hostNodeName: "cpu-spot-1",
        ...times(one.from, one.to),
      };
    });
  }
  return workflow.parse({
    metadata: {
      ...compiled.metadata,
      uid: id,
      creationTimestamp: clock(0),
    },
    spec: { ...compiled.spec, ...(run.shutdown === undefined ? {} : { shutdown: run.shutdown }) },
    status: {
      phase: run.phase,
      message: run.message,
      nodes,
      ...(run.from === undefined ? {} : times(run.from, run.to)),
    },
  });
}

const times = (from: number, to: number | undefined) => ({
  startedAt: clock(from),
  ...(to === undefined ? {} : { finishedAt: clock(to) }),
});

export const DONE: ArgoRun = {
  phase: "Succeeded",
  from: 1,
  to: 40,
  nodes: {
    fetch_data: { phase: "Succeeded", to: 10, tries: [{ phase: "Succeeded", from: 2, to: 10 }] },
    compute_features: {
      phase: "Succeeded",
      to: 25,
      tries: [
        { phase: "Failed", from: 11, to: 15, message: "pod deleted" },
        { phase: "Succeeded", from: 16, to: 25 },
      ],
    },
    train_model: { phase: "Succeeded", to: 40, tries: [{ phase: "Succeeded", from: 26, to: 40 }] },
  },
};

export const BROKEN: ArgoRun = {
  phase: "Failed",
  from: 1,
  to: 30,
  message: "child failed",
  nodes: {
    fetch_data: { phase: "Succeeded", to: 10, tries: [{ phase: "Succeeded", from: 2, to: 10 }] },
    compute_features: {
      phase: "Failed",
      to: 30,
      tries: [
        { phase: "Failed", from: 11, to: 15, message: "main: Error (exit code 1)" },
        { phase: "Failed", from: 20, to: 30, message: "main: Error (exit code 1)" },
      ],
    },
  },
};
