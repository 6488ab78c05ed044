/** The smallest of the values that at least this part of them does not exceed; 0 of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
}

/** So much of a machine in use for a time. */
export interface Span {
  readonly machine: string;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/**
 * What is in use, of the whole of the machines on which anything is, over time: 1 where machines are full or empty.
 *
 * @param whole what a machine has
 * @returns undefined when nothing ever ran
 */
export function packing(spans: readonly Span[], whole: (machine: string) => number): number | undefined {
  let used = 0;
  let open = 0;
  for (const [machine, own] of Map.groupBy(spans, (span) => span.machine)) {
    used += own.reduce((sum, { size, from, to }) => sum + size * (to - from), 0);
    open += whole(machine) * covered(own);
  }
  return open === 0 ? undefined : used / open;
}

/** For how long at least one of them lasts. */
function covered(spans: readonly Span[]): number {
  let length = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    length += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return length;
}
