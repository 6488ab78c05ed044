import type { CheckResult } from "./check.ts";
import type { StackReview } from "./stack-review.ts";
import { type Stack, stackName } from "./touched/projects.ts";

/** What was found about a change. */
export interface Report {
  /** E.g. `main (1618c90)`. */
  readonly against: string;
  /** Number of changed files. */
  readonly files: number;
  /** `base`: what differs from a preview of the base, offline. `state`: what differs from the stacks' state. */
  readonly comparedWith: "base" | "state";
  readonly checks: readonly CheckResult[];
  readonly stacks: readonly StackReview[];
  /** Stacks that the change touches and that were not previewed. */
  readonly leftOut: readonly { readonly stack: Stack; readonly why: string }[];
  /** Stacks whose file the change deletes. */
  readonly deleted: readonly string[];
}

/** Exit codes of `check:pr` and `check:drift`. */
export const EXIT = {
  /** Nothing speaks against it. */
  fine: 0,
  /** A check failed, a preview failed, a policy refuses or could not decide, something has drifted. */
  refused: 1,
  /** It could not be told: wrong arguments, no such commit, a missing tool. */
  environment: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Everything that stops the change, each by what a reader would look for. */
export function stoppers({ checks, stacks }: Pick<Report, "checks" | "stacks">): string[] {
  return [
    ...checks.filter(({ passed }) => !passed).map(({ title }) => title),
    ...stacks.filter(({ outcome }) => outcome !== "passed").map(({ touched }) => stackName(touched.stack)),
  ];
}
