import { z } from "zod";
import { BURST_APPROVED_AT, BURST_APPROVED_BY, BURST_APPROVED_UNTIL } from "../../../components/team/constants.ts";
import { knownAt } from "../../verdict/known.ts";
import type { Resource } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { exact, isClusterQueue, type Quota, quotasOf } from "../cluster-queue.ts";

const DAY_MS = 86_400_000;

const settings = z.strictObject({
  /** What a team may borrow without asking, as a fraction of its nominal quota. Default: nothing. */
  free: z.number().min(0).default(0),
  /** Who may approve more. Default: nobody. */
  approvers: z.array(z.string().min(1)).default([]),
  /** Days that one approval may be good for. */
  maxDays: z.int().positive().default(366),
});

export const burstIsApproved = resourceRule({
  name: "burst-is-approved",
  description: "A team borrows beyond its quota only with an approval: by whom, since when, until when.",
  why: "what one team borrows another waits for, and a burst that nobody ever looks at again becomes the quota.",
  fix: `have it approved by whoever answers for the cluster and record that in the team's configuration (\`burst.approved\`), which writes ${BURST_APPROVED_BY}, -at and -until; or lower \`burst\`.`,
  settings,
  applies: isClusterQueue,
  check(queue, given) {
    const quotas = quotasOf(queue);
    const unlimited = quotas.filter(({ borrowing }) => borrowing === undefined);
    const above = quotas.filter((quota) => isAbove(quota, given.free));
    const approval = above.length === 0 ? [] : whyNotApproved(queue, given);
    return [
      ...unlimited.map(({ flavor, resource }) => `may borrow ${resource} of ${flavor} without any limit`),
      ...approval.map((reason) => {
        const [{ flavor, resource, borrowing, nominal }] = above as [Quota];
        const more = above.length === 1 ? "" : ` (and ${above.length - 1} more)`;
        return `may borrow ${borrowing} ${resource} of ${flavor} beyond its quota of ${nominal}${more}, which ${reason}`;
      }),
    ];
  },
});

/** In thousandths: a fraction is no whole number. */
const isAbove = ({ nominal, borrowing }: Quota, free: number): boolean =>
  borrowing !== undefined && exact(borrowing) * 1000n > exact(nominal) * BigInt(Math.round(free * 1000));

/** Dates are days; the last one counts. */
function whyNotApproved({ props }: Resource, { approvers, maxDays }: z.output<typeof settings>): string[] {
  const [by, at, until] = [BURST_APPROVED_BY, BURST_APPROVED_AT, BURST_APPROVED_UNTIL].map((annotation) =>
    knownAt(props, "metadata", "annotations", annotation),
  );
  if (typeof by !== "string" || typeof at !== "string" || typeof until !== "string") return ["nobody has approved"];
  const [from, to] = [dayOf(at), dayOf(until)];
  if (from === undefined || to === undefined) return [`was approved from ${at} until ${until}, which are no days`];
  const today = dayOf(new Date().toISOString().slice(0, 10)) ?? 0;
  return [
    ...(approvers.includes(by)
      ? []
      : [`was approved by ${by}, who is none of ${approvers.join(", ") || "the approvers, of whom there are none"}`]),
    ...(from > today ? [`is approved from ${at} only`] : []),
    ...(to < from ? [`was approved until ${until}, which is before ${at}`] : []),
    ...(to >= from && to < today ? [`was approved until ${until}`] : []),
    ...((to - from) / DAY_MS > maxDays
      ? [`was approved for ${(to - from) / DAY_MS} days; ${maxDays} is the most`]
      : []),
  ];
}

function dayOf(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
