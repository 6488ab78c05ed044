import { z } from "zod";
import { check, type PlatformProfile, type Submission } from "../../spec/index.ts";
import type { AuditLog } from "../audit/log.ts";
import type { SubmissionRecord } from "../model.ts";

/** What does not change while a submission runs. */
export interface Background {
  readonly record: SubmissionRecord;
  /** Undefined: what its nodes were can no longer be told. */
  readonly submission: Submission | undefined;
  /** The submissions it is a rerun of, nearest first: they made what it keeps. */
  readonly ancestors: readonly SubmissionRecord[];
}

/** Undefined: there is no such submission. */
export async function backgroundOf(
  submissionId: string,
  audit: Pick<AuditLog, "record">,
  profile: PlatformProfile,
): Promise<Background | undefined> {
  const record = await audit.record(submissionId);
  if (record === undefined) return undefined;
  return { record, submission: submissionOf(record, profile), ancestors: await ancestorsOf(record, audit) };
}

/** Most reruns of reruns that are followed back. */
const GENERATIONS = 100;

async function ancestorsOf(
  record: SubmissionRecord,
  audit: Pick<AuditLog, "record">,
): Promise<readonly SubmissionRecord[]> {
  const found: SubmissionRecord[] = [];
  let at = record.rerunOf;
  while (at !== undefined && found.length < GENERATIONS) {
    const ancestor = await audit.record(at.submissionId);
    if (ancestor === undefined) break;
    found.push(ancestor);
    at = ancestor.rerunOf;
  }
  return found;
}

/** The submission as it was checked; undefined where the platform would not take it any more (a pool, a scope or an image is gone). */
function submissionOf({ documents, team }: SubmissionRecord, profile: PlatformProfile): Submission | undefined {
  const { dag, params, refs } = documents;
  const result = check({
    dag: { text: dag, source: "dag_spec" },
    params: { text: params, source: "runtime_params" },
    refs: refs === undefined ? undefined : { text: refs, source: "refs" },
    profile,
    team,
  });
  return result.ok ? result.submission : undefined;
}

const annotated = z.object({
  metadata: z.object({
    annotations: z.object({ "orch.dev/outputs": z.string(), "orch.dev/outputs-elsewhere": z.string() }),
  }),
});
const elsewhere = z.record(z.string(), z.string());

/**
 * Where a submission's outputs stand, as its manifest says: `{outputs}{node_id}/{name}`, but for those with a place of their own.
 *
 * @param manifest the compiled Workflow, JSON
 */
function outputPlaces(manifest: string): (node: string, name: string) => string {
  const { annotations } = annotated.parse(JSON.parse(manifest)).metadata;
  const own = elsewhere.parse(JSON.parse(annotations["orch.dev/outputs-elsewhere"]));
  return (node, name) => own[`${node}/${name}`] ?? `${annotations["orch.dev/outputs"]}${node}/${name}`;
}

/** An output, and the submission whose run of the node wrote it. */
export interface MadeOutput {
  readonly uri: string;
  readonly submissionId: string;
}

/** Where each node's outputs stand: a node that was kept wrote them for the submission that ran it. */
export function outputsOf({ record, ancestors }: Background): (node: string, name: string) => MadeOutput {
  const makers = [record, ...ancestors].map(({ submissionId, rerunOf, manifest }) => ({
    submissionId,
    kept: new Set(rerunOf?.kept),
    place: once(() => outputPlaces(manifest)),
  }));
  return (node, name) => {
    const maker = makers.find(({ kept }) => !kept.has(node)) ?? makers.at(-1);
    if (maker === undefined) throw new Error("a submission is its own first maker");
    return { uri: maker.place()(node, name), submissionId: maker.submissionId };
  };
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
