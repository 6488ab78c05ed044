import type { Retry } from "../spec/index.ts";
import { ArgoTag } from "./argo-tag.ts";
import { INFRASTRUCTURE_PATTERN, NO_MACHINE, NO_RESOURCE, RESOURCE_GONE } from "./infrastructure-messages.ts";
import type { RetryStrategy } from "./workflow.ts";

/**
 * Two budgets. Argo's expression knows the last try and the number of tries, not which of them failed for what: one strategy cannot
 * count two things. So there are two, one inside the other, each exact:
 *   - inner: the pod. Retries what the infrastructure ended, up to `infrastructureAttempts` times; and what no machine was there for
 *     up to `WITHOUT_MACHINE` times more, since waiting for capacity is no loss.
 *   - outer: retries the user's failures, up to `max_attempts` tries. Each of them has the inner budget anew.
 * A node with `max_attempts: 1` needs no outer one; that halves its share of the Workflow's status (see `forecast.ts`).
 */

/** Seconds; first wait, doubled each time up to the cap. */
const INFRASTRUCTURE_BACKOFF = { duration: "5s", factor: 2, cap: "5m" } as const;
/** Seconds no backoff of a user's grows beyond, unless they ask for more at once. */
const BACKOFF_CAP = 900;

/** Each takes as long as Kueue waits for pods to be ready, and the backoff: with ten minutes, some three hours. */
const WITHOUT_MACHINE = 12;
const HAD_NO_MACHINE = `lastRetry.message startsWith ${JSON.stringify(NO_MACHINE)}`;
const IS_GONE = `lastRetry.message startsWith '${RESOURCE_GONE}'`;

export function infrastructureRetry(
  attempts: number,
  hadNoMachine: string = HAD_NO_MACHINE,
): RetryStrategy | undefined {
  if (attempts === 0) return undefined;
  const lost = `lastRetry.message matches ${JSON.stringify(INFRASTRUCTURE_PATTERN)}`;
  return {
    limit: attempts + WITHOUT_MACHINE,
    retryPolicy: "Always",
    expression: `${hadNoMachine} || asInt(retries) < ${attempts} && ${lost}`,
    backoff: INFRASTRUCTURE_BACKOFF,
    affinity: { nodeAntiAffinity: {} },
  };
}

/**
 * The capacity of an attempt that may be on spot, as Argo puts it in: on-demand for the last attempt after losses, and for every
 * attempt after one that had no machine.
 */
export const spotUnlessLost = (attempts: number): string =>
  `{{=asInt(retries) < ${attempts} && !(${HAD_NO_MACHINE}) ? 'spot' : 'on-demand'}}`;

/** The same for a custom resource, of which Argo's pod only waits: that it had no machines shows in that it is gone. */
export const resourceRetry = (attempts: number): RetryStrategy | undefined =>
  infrastructureRetry(attempts, `${HAD_NO_MACHINE} || ${IS_GONE}`);

/**
 * What an attempt does with the custom resource. One whose waiter was lost is still there, and maybe running: the next attempt waits
 * for it as it is. Applying it again would take back what Kueue wrote into it, and what it said about spot.
 */
export const resourceAction = (attempts: number): string =>
  attempts === 0
    ? "create"
    : `{{=retries == '0' || ${IS_GONE} || lastRetry.message startsWith '${NO_RESOURCE}' ? 'create' : 'get'}}`;

/** The capacity of a custom resource that may be on spot: on-demand when it is made again after one that had no machines. */
export const spotUnlessGone = (attempts: number): string | ArgoTag => (attempts === 0 ? "spot" : SPOT_UNLESS_GONE);
const SPOT_UNLESS_GONE = new ArgoTag(`${IS_GONE} ? 'on-demand' : 'spot'`);

export function userRetry({ maxAttempts, backoffSeconds }: Retry): RetryStrategy | undefined {
  if (maxAttempts <= 1) return undefined;
  return {
    limit: maxAttempts - 1,
    retryPolicy: "Always",
    ...(backoffSeconds === 0
      ? {}
      : {
          backoff: {
            duration: `${backoffSeconds}s`,
            factor: 2,
            cap: `${Math.max(BACKOFF_CAP, backoffSeconds)}s`,
          },
        }),
  };
}
