import { contentDigest } from "../../compile/index.ts";
import type { Diagnostic, SourceText } from "../../spec/index.ts";
import type { Caller, SubmissionRecord } from "../model.ts";
import { accept, recordOf, type ToRecord } from "./accept.ts";
import { originalOf } from "./original.ts";
import type { Parts } from "./parts.ts";
import { type Checked, checkTexts, compileChecked, type Prepared } from "./prepare.ts";
import { Rejection } from "./rejection.ts";
import { laterId, paramsUnder } from "./rerun-id.ts";
import { type Original, planRerun, type RerunPlan } from "./rerun-plan.ts";
import type { Accepted } from "./submit.ts";
import { traceparentOf } from "./trace-context.ts";
import { visible } from "./visible.ts";

export interface RerunRequest {
  /** Of the submission that is over. */
  readonly of: string;
  /** Its own id. Default: the original's with `-r2`, `-r3`... */
  readonly submissionId: string | undefined;
  /** Run this node and all after it, besides what did not succeed. */
  readonly from: string | undefined;
  /** In place of the original's. */
  readonly dag: SourceText | undefined;
  readonly params: SourceText | undefined;
  readonly refs: SourceText | undefined;
  readonly traceparent: string | undefined;
}

export interface RerunAccepted extends Accepted {
  readonly plan: RerunPlan;
}

/** A rerun that could be accepted under one id. */
export interface PreparedRerun {
  readonly prepared: Prepared;
  readonly plan: RerunPlan;
  readonly original: SubmissionRecord;
}

/** Runs what failed, was changed or is asked for, under a new id; everything else is taken from the original. */
export async function rerun(parts: Parts, caller: Caller, request: RerunRequest): Promise<RerunAccepted> {
  const candidates = await rerunCandidates(parts, caller, request);
  const traceparent = traceparentOf(request.traceparent);
  for (const id of candidates.ids) {
    const prepared = candidates.under(id);
    const toRecord = acceptable(prepared, caller, traceparent);
    // Derived ids go on to the next where one is taken by another body; a given id is the caller's own choice.
    if (request.submissionId === undefined && (await isAnothers(parts, toRecord))) continue;
    const record = await accept(parts, recordOf(toRecord, parts.profile), toRecord.rerun);
    return { record, warnings: prepared.prepared.warnings, plan: prepared.plan };
  }
  throw new Rejection("conflict", `${request.of} has been run again too often; give the next one an id.`);
}

/** What `rerun` would do, without doing it. */
export async function planOfRerun(parts: Parts, caller: Caller, request: RerunRequest): Promise<PreparedRerun> {
  const candidates = await rerunCandidates(parts, caller, request);
  for (const id of candidates.ids) {
    const prepared = candidates.under(id);
    const free = request.submissionId !== undefined || !(await isAnothers(parts, acceptable(prepared, caller, "")));
    if (free) return prepared;
  }
  throw new Rejection("conflict", `${request.of} has been run again too often; give the next one an id.`);
}

interface Candidates {
  readonly ids: Iterable<string>;
  under(id: string): PreparedRerun;
}

async function rerunCandidates(parts: Parts, caller: Caller, request: RerunRequest): Promise<Candidates> {
  await visible(parts, caller, request.of, "create");
  const record = await parts.audit.record(request.of);
  if (record === undefined) throw new Error(`the record of ${request.of} is gone from the audit log`);
  const original = await originalOf(parts, record);
  const texts = {
    dag: request.dag ?? { text: record.documents.dag, source: "dag_spec" },
    params: request.params ?? { text: record.documents.params, source: "runtime_params" },
    refs:
      request.refs ??
      (record.documents.refs === undefined ? undefined : { text: record.documents.refs, source: "refs" }),
  };
  // Once as it was given, so that mistakes are located in what the caller wrote.
  const given = checkTexts(texts, record.team, parts.profile);
  if (request.from !== undefined && !given.submission.dag.nodes.some(({ id }) => id === request.from)) {
    throw new Rejection("invalid", `There is no node ${request.from} to begin from in the DAG.`);
  }
  const ids = request.submissionId === undefined ? laterId(request.of) : [request.submissionId];
  return { ids, under: (id) => prepareRerun(parts, { given, original, record, from: request.from, id }) };
}

interface Under {
  readonly given: Checked;
  readonly original: Original;
  readonly record: SubmissionRecord;
  readonly from: string | undefined;
  readonly id: string;
}

function prepareRerun({ profile }: Parts, { given, original, record, from, id }: Under): PreparedRerun {
  const params = { text: paramsUnder(id, given.values.params), source: "runtime_params", format: "json" as const };
  const whole = checkTexts({ ...given.texts, params }, record.team, profile);
  const plan = planRerun(whole.submission, original, from);
  if (plan.run.length === 0) {
    throw new Rejection(
      "invalid",
      `There is nothing to run again: every node of ${record.submissionId} succeeded and is what it was. Name a node to begin from.`,
    );
  }
  const warnings: readonly Diagnostic[] = given.warnings;
  const prepared = compileChecked({ ...whole, warnings, submission: plan.submission }, profile);
  return { prepared, plan, original: record };
}

function acceptable({ prepared, plan, original }: PreparedRerun, caller: Caller, traceparent: string): ToRecord {
  return {
    prepared,
    caller,
    traceparent,
    rerun: {
      of: { submissionId: original.submissionId, kept: plan.kept.map(({ node }) => node) },
      originalManifest: original.manifestDigest,
      keptDigest: contentDigest(plan.kept),
    },
  };
}

async function isAnothers(parts: Parts, toRecord: ToRecord): Promise<boolean> {
  const record = recordOf(toRecord, parts.profile);
  const existing = await parts.audit.record(record.submissionId);
  return existing !== undefined && (existing.bodyDigest !== record.bodyDigest || existing.team !== record.team);
}
