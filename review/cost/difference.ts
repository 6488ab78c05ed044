import type { PlannedState } from "../../local/engine/plan.ts";
import type { ResourceChange } from "../change/changes.ts";
import { type MonthlyCost, monthlyCost } from "./monthly-cost.ts";

export interface CostDifference {
  /** USD a month, of what is known; negative is less. */
  readonly usd: number;
  /** What makes it up, the largest first. */
  readonly items: readonly { readonly change: ResourceChange; readonly usd: number }[];
  /** What changes and may cost more or less, nobody knows how much. */
  readonly unknown: readonly { readonly change: ResourceChange; readonly why: string }[];
}

/**
 * What a change costs a month, at list prices.
 *
 * @param before all resources of the stack before the change
 * @param after all of them after it
 */
export function costDifference(
  changes: readonly ResourceChange[],
  before: readonly PlannedState[],
  after: readonly PlannedState[],
): CostDifference {
  const [old, now] = [before, after].map((states) => new Map(states.map((state) => [state.urn, state])));
  const costs = changes.map((change) => ({
    change,
    from: costOf(change.before, old ?? new Map()),
    to: costOf(change.after, now ?? new Map()),
  }));
  const items = costs.flatMap(({ change, from, to }) => {
    if ("unknown" in from || "unknown" in to) return [];
    const usd = cents(to.usd - from.usd);
    return usd === 0 ? [] : [{ change, usd }];
  });
  const unknown = costs.flatMap(({ change, from, to }) => {
    const why = "unknown" in to ? to.unknown : "unknown" in from ? from.unknown : undefined;
    return why === undefined ? [] : [{ change, why }];
  });
  items.sort((left, right) => Math.abs(right.usd) - Math.abs(left.usd));
  return { usd: cents(items.reduce((sum, { usd }) => sum + usd, 0)), items, unknown };
}

const NOTHING: MonthlyCost = { usd: 0 };
const costOf = (state: PlannedState | undefined, stack: ReadonlyMap<string, PlannedState>): MonthlyCost =>
  state === undefined ? NOTHING : monthlyCost(state, stack);

const cents = (usd: number): number => Math.round(usd * 100) / 100;
