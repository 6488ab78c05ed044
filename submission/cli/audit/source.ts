import type { AuditEntry, BlockPlace, Progress, Verified } from "../../service/audit/index.ts";
import type { SubmissionRecord } from "../../service/model.ts";
import { UserError } from "../../spec/user-error.ts";

/** A submission without its documents and its manifest, which are long; their digests are in the chain. */
export type AuditedSubmission = Omit<SubmissionRecord, "documents" | "manifest" | "traceparent" | "rerunOf"> & {
  readonly rerunOf: string | undefined;
};

export interface Chain {
  readonly submission: AuditedSubmission | undefined;
  readonly entries: readonly AuditEntry[];
}

/** Where the audit log is read: the service that has it open, or its tables. Throws `UserError` for a chain that is not there. */
export interface AuditSource {
  chain(submissionId: string): Promise<Chain>;
  verifyChain(submissionId: string): Promise<Verified>;
  verifyLog(head: BlockPlace | undefined, onProgress: (progress: Progress) => void): Promise<Verified>;
  close(): Promise<void>;
}

export const neverWritten = (submissionId: string) =>
  new UserError(`the audit log has nothing of ${submissionId}`, {
    hint: "ids are those of submissions, or refused/<request>; `orch audit verify` says whether any is missing",
  });
