import type { Verb } from "../access/index.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Caller, SubmissionRecord } from "../model.ts";
import type { Parts } from "./parts.ts";
import { Rejection, type RejectionFacts } from "./rejection.ts";

/** Whose a submission is: never changes. */
export type Place = Pick<SubmissionRecord, "submissionId" | "team" | "namespace">;

/** Submissions whose place is remembered, so that who follows one does not have its manifest read each time. */
const MOST_REMEMBERED = 10_000;
const places = new WeakMap<AuditLog, Map<string, Place>>();

/**
 * Where a submission is, for a caller who may see it.
 *
 * @param verb what is to be done; without the right to it, a caller who may see the submission is told so
 * @throws Rejection: unknown, in the same words whether there is none or it is another team's
 */
export async function visible(
  { audit, access }: Pick<Parts, "audit" | "access">,
  caller: Caller,
  submissionId: string,
  verb: Verb = "get",
): Promise<Place> {
  const place = await placeOf(audit, submissionId);
  if (place === undefined) throw unknown(submissionId, {});
  if (!(await access.may(caller, "get", place.namespace))) throw unknown(submissionId, { foreign: submissionId });
  if (verb !== "get" && !(await access.may(caller, verb, place.namespace))) {
    throw new Rejection("forbidden", `${caller.name} may look at ${submissionId}, not ${WORDS[verb]} it.`);
  }
  return place;
}

const WORDS = { create: "run", get: "look at", list: "list", delete: "cancel" } as const;

async function placeOf(audit: AuditLog, submissionId: string): Promise<Place | undefined> {
  const known = places.get(audit) ?? new Map<string, Place>();
  places.set(audit, known);
  const remembered = known.get(submissionId);
  if (remembered !== undefined) return remembered;
  const record = await audit.record(submissionId);
  if (record === undefined) return undefined;
  const { team, namespace } = record;
  const place = { submissionId, team, namespace };
  known.set(submissionId, place);
  if (known.size > MOST_REMEMBERED) {
    const oldest = known.keys().next();
    if (!oldest.done) known.delete(oldest.value);
  }
  return place;
}

const unknown = (submissionId: string, facts: RejectionFacts): Rejection =>
  new Rejection(
    "unknown",
    `There is no submission ${submissionId}, or it is not for you to see. Yours are listed at /api/orch/submissions.`,
    facts,
  );
