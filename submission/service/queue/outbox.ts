import type { AuditLog } from "../audit/log.ts";
import type { SubmissionRecord } from "../model.ts";
import type { Job } from "./queue.ts";

export const jobOf = (record: SubmissionRecord): Job => ({
  submissionId: record.submissionId,
  namespace: record.namespace,
  manifestDigest: record.manifestDigest,
  manifest: record.manifest,
  traceparent: record.traceparent,
});

/**
 * What was accepted and not yet dispatched, oldest first: whatever happens to a queue, its jobs are here. Without a time also what has
 * one to come: the clock went back since.
 */
export type Outbox = (limit: number, acceptedBefore?: number) => Promise<readonly Job[]>;

export const outboxOf =
  (audit: Pick<AuditLog, "pending">): Outbox =>
  async (limit, acceptedBefore = Number.POSITIVE_INFINITY) =>
    (await audit.pending(acceptedBefore, limit)).map(jobOf);
