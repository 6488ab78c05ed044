import { FINAL_EVENTS } from "../audit/log.ts";
import type { Caller } from "../model.ts";
import type { Parts } from "./parts.ts";
import { visible } from "./visible.ts";

export interface Cancelled {
  readonly submissionId: string;
  /** `finished`: it was over already, and nothing was done. */
  readonly outcome: "cancelling" | "finished";
}

/** First on record, then in the cluster: what is not created yet will not be. Any number of times is like once. */
export async function cancel(parts: Parts, caller: Caller, submissionId: string): Promise<Cancelled> {
  const { namespace } = await visible(parts, caller, submissionId, "delete");
  const events = (await parts.audit.events([submissionId])).get(submissionId);
  if (FINAL_EVENTS.some((event) => events?.has(event))) return { submissionId, outcome: "finished" };
  await parts.audit.append(submissionId, [
    { key: "cancel_requested", event: "cancel_requested", actor: caller.name, at: Date.now(), digests: {}, detail: {} },
  ]);
  await parts.workflows.cancel(namespace, submissionId);
  return { submissionId, outcome: "cancelling" };
}
