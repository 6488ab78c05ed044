import type { Caller, RerunOf, SubmissionRecord } from "../model.ts";
import { jobOf } from "../queue/outbox.ts";
import type { Parts } from "./parts.ts";
import { bodyDigest, type Prepared } from "./prepare.ts";
import { Rejection } from "./rejection.ts";

export interface ToRecord {
  readonly prepared: Prepared;
  readonly caller: Caller;
  readonly traceparent: string;
  readonly rerun?: RerunLink;
}

/** How a rerun is tied to what it was before. */
export interface RerunLink {
  readonly of: RerunOf;
  /** Digest of the original's manifest. */
  readonly originalManifest: string;
  /** Over the kept nodes, what each is and where its outputs stand. */
  readonly keptDigest: string;
}

export function recordOf(
  { prepared, caller, traceparent, rerun }: ToRecord,
  profile: Parts["profile"],
): SubmissionRecord {
  const { submission, values, texts, compiled } = prepared;
  const { dag, params, team } = submission;
  return {
    submissionId: params.submissionId,
    team,
    namespace: profile.teams[team]?.namespace ?? "",
    pipelineId: dag.pipelineId,
    env: params.env,
    actor: caller.name,
    acceptedAt: Date.now(),
    bodyDigest: bodyDigest(values, team, rerun?.keptDigest),
    manifestDigest: compiled.digests.manifest,
    recipeDigest: compiled.digests.recipe,
    documents: { dag: texts.dag.text, params: texts.params?.text ?? "", refs: texts.refs?.text },
    manifest: compiled.json(),
    rerunOf: rerun?.of,
    traceparent,
  };
}

/**
 * Promises a submission: first the audit record, which claims the id, then the queue. The same body under the same id again is the same
 * submission, whoever was first. What the record was made of is not kept meanwhile: compiled, it is several times as large.
 *
 * @throws Rejection (conflict) when the id belongs to another body
 */
export async function accept(parts: Parts, record: SubmissionRecord, rerun?: RerunLink): Promise<SubmissionRecord> {
  const opened = await parts.audit.open(record, {
    key: "accepted",
    event: "accepted",
    actor: record.actor,
    at: record.acceptedAt,
    digests: {
      body: record.bodyDigest,
      manifest: record.manifestDigest,
      recipe: record.recipeDigest,
      ...(rerun === undefined ? {} : { rerun_of: rerun.originalManifest, kept: rerun.keptDigest }),
    },
    detail: rerun === undefined ? {} : { rerun_of: rerun.of.submissionId, kept: String(rerun.of.kept.length) },
  });
  if (opened.outcome === "opened") {
    await enqueue(parts, record);
    return record;
  }
  const existing = opened.record;
  if (existing.team !== record.team || existing.bodyDigest !== record.bodyDigest) throw taken(record, existing);
  const events = (await parts.audit.events([record.submissionId])).get(record.submissionId);
  if (events?.has("dispatched") !== true && events?.has("dead_lettered") !== true) await enqueue(parts, existing);
  return existing;
}

/** The promise stands once the audit log has it: what the queue does not take now, the dispatcher finds there. */
async function enqueue({ queue, log }: Parts, record: SubmissionRecord): Promise<void> {
  try {
    await queue.enqueue(jobOf(record));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ submission_id: record.submissionId, reason }, "not queued; the dispatcher takes it from the audit log");
  }
}

function taken(submitted: SubmissionRecord, existing: SubmissionRecord): Rejection {
  const id = submitted.submissionId;
  const hint = "Give this one an id of its own (runtime_params.submission_id).";
  // Whose it is, and what is in it, is for its own team.
  if (existing.team !== submitted.team) return new Rejection("conflict", `The id ${id} is taken. ${hint}`);
  const digests = { submitted: submitted.bodyDigest, existing: existing.bodyDigest };
  return new Rejection(
    "conflict",
    `The id ${id} is taken by another body: submitted ${digests.submitted}, existing ${digests.existing}. ${hint}`,
    { digests },
  );
}
