import type { TeamShare } from "../workflow/index.ts";
import { BURST_APPROVED_AT, BURST_APPROVED_BY, BURST_APPROVED_UNTIL } from "./constants.ts";

/** Who lets a team borrow beyond its quota. */
export interface BurstApproval {
  /** A person or a group, as they sign, e.g. `platform@archetype.example`. */
  readonly by: string;
  /** Day, `YYYY-MM-DD`. */
  readonly at: string;
  /** Last day, `YYYY-MM-DD`. */
  readonly until: string;
}

/** The longest that one approval is good for, in days: somebody looks again. */
export const LONGEST_APPROVAL_DAYS = 366;

/**
 * What is wrong with an approval; none: it holds.
 *
 * @param today `YYYY-MM-DD`, in UTC
 */
export function approvalProblems({ at, until }: Pick<BurstApproval, "at" | "until">, today: string): string[] {
  const days = (Date.parse(until) - Date.parse(at)) / 86_400_000;
  return [
    ...(at > today ? [`at ${at} lies ahead: today is ${today}`] : []),
    ...(until < at ? [`until ${until} is before at ${at}`] : []),
    ...(until >= at && until < today ? [`ran out on ${until}; have it approved anew, or take burst out`] : []),
    ...(days > LONGEST_APPROVAL_DAYS ? [`is for ${days} days; ${LONGEST_APPROVAL_DAYS} is the most`] : []),
  ];
}

/** Annotations of a ClusterQueue that may borrow. */
export function burstAnnotations(
  { burst = 0 }: TeamShare,
  approval: BurstApproval | undefined,
): Record<string, string> {
  if (burst === 0 || approval === undefined) return {};
  return {
    [BURST_APPROVED_BY]: approval.by,
    [BURST_APPROVED_AT]: approval.at,
    [BURST_APPROVED_UNTIL]: approval.until,
  };
}
