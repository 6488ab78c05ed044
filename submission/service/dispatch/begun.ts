import { z } from "zod";
import type { AuditEntry } from "../audit/log.ts";

/**
 * What to do about a create that was begun earlier and that nobody says came through.
 *
 * `create`: if its Workflow came to be, it is still there, so that creating it again finds it. `renew`: the same, and it is said again
 * that it is being created, since the last time was long ago. `unknown`: it may have run and be gone.
 */
export type Verdict = "create" | "renew" | "unknown";

/** How far apart the clocks of two dispatchers may be. */
const SKEW_MILLIS = 3_600_000;

/**
 * A Workflow that nobody watched goes by its time to live and by nothing else: to be among the finished ones that are too many, as many
 * younger ones must have been created, by a dispatcher, and where there is a dispatcher somebody watches.
 *
 * Deleting one by hand is the exception, and no row tells of it: a Workflow runs twice when its dispatcher dies between its create and the
 * `dispatched` row, no dispatcher watches from then until somebody deletes the Workflow (whoever watches writes that row as soon as it sees
 * the Workflow, from its list too), and its job comes again within half of its time to live. The queue cannot tell either: its offset stands
 * before the job in both cases. Taking each such job for one that ran would lose all whose dispatcher died just before the create, which
 * is what happens; `orch cancel`, unlike a delete, is a row, and is heeded.
 *
 * @param begunAt when it was last said that it is being created, milliseconds since 1970
 * @param keptMillis how long its Workflow stays after its end
 * @param isThere asked when time alone does not decide
 */
export async function judge(
  begunAt: number,
  keptMillis: number,
  isThere: () => Promise<boolean>,
  now: number,
): Promise<Verdict> {
  const age = now - begunAt;
  if (age < keptMillis / 2 || (await isThere())) return "create";
  return age < keptMillis - SKEW_MILLIS ? "renew" : "unknown";
}

const workflow = z.object({
  spec: z.object({ ttlStrategy: z.object({ secondsAfterCompletion: z.number() }) }),
});

/** How long a Workflow stays after its end, milliseconds. */
export const keptMillis = (manifest: string): number =>
  workflow.parse(JSON.parse(manifest)).spec.ttlStrategy.secondsAfterCompletion * 1000;

/** Rows that say that a Workflow is being created. */
export const begun = (chain: readonly AuditEntry[]): readonly AuditEntry[] =>
  chain.filter(({ event }) => event === "dispatching");
