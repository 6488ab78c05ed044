import type { AuditLog, BlockPlace, Progress, Verified } from "../audit/index.ts";
import type { Caller } from "../model.ts";
import type { Parts } from "./parts.ts";
import { Rejection } from "./rejection.ts";
import { visible } from "./visible.ts";

/** One chain, the blocks that cover it and its submission, for whoever may see the submission. */
export async function verifyChainOf(parts: Parts, caller: Caller, submissionId: string): Promise<Verified> {
  await visible(parts, caller, submissionId);
  const verified = await parts.audit.verify(submissionId);
  // Its record stands, or it were not visible.
  if (verified === undefined) throw new Error(`the audit log has a submission ${submissionId} without a chain`);
  return verified;
}

/** Logs that are being verified whole: it reads all of them, so one at a time. */
const verifying = new WeakSet<AuditLog>();
const AGAIN_AFTER_SECONDS = 10;

/**
 * The whole log, all teams and all refusals: how far it is, then what was found.
 *
 * @param head an end of the log that was written down before
 * @throws Rejection: forbidden, unless the caller may get submissions in all namespaces
 */
export async function verifyLog(
  parts: Parts,
  caller: Caller,
  head: BlockPlace | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<Progress | Verified>> {
  const { access, audit } = parts;
  if (!(await access.may(caller, "get", undefined))) {
    throw new Rejection(
      "forbidden",
      `${caller.name} may not verify the whole log: it takes the verb get on submissions of orch.dev in all namespaces, by a ClusterRoleBinding. One submission's chain is at /api/orch/verify/<id>.`,
    );
  }
  if (verifying.has(audit)) {
    throw new Rejection("too-many-requests", "The log is being verified for somebody else; one at a time.", {
      retryAfterSeconds: AGAIN_AFTER_SECONDS,
    });
  }
  verifying.add(audit);
  let latest: Progress | undefined;
  let moved = Promise.withResolvers<void>();
  const onProgress = (progress: Progress) => {
    signal.throwIfAborted();
    latest = progress;
    moved.resolve();
  };
  const whole = audit.verify(undefined, { head, onProgress }).finally(() => verifying.delete(audit));
  // Who asked may be gone before it ends.
  whole.catch(() => undefined);
  return (async function* () {
    for (;;) {
      const verified = await Promise.race([whole, moved.promise]);
      if (verified !== undefined) {
        yield verified;
        return;
      }
      moved = Promise.withResolvers();
      if (latest !== undefined) yield latest;
    }
  })();
}
