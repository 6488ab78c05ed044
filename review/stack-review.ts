import type { Plan, PlannedState } from "../local/engine/plan.ts";
import { type Changes, compared, nameIn, plannedChanges } from "./change/changes.ts";
import { declaredAt, type Position } from "./change/position.ts";
import { type CostDifference, costDifference } from "./cost/difference.ts";
import { type Finding, findings, stops } from "./policy/findings.ts";
import type { Levels, Pack } from "./policy/packs.ts";
import type { TouchedStack } from "./touched/stacks.ts";

/** A finding, and where to begin to mend it. */
export interface LocatedFinding extends Finding {
  /** The changed file that is nearest to the resource: one that declares it, else the stack's configuration. */
  readonly changed: Position | undefined;
  /** Where the program declares the resource. */
  readonly declared: Position | undefined;
}

/** `failed`: the preview itself did not come to its end. */
export type Outcome = "passed" | "refused" | "failed";

export interface StackReview {
  readonly touched: TouchedStack;
  readonly outcome: Outcome;
  readonly changes: Changes;
  readonly findings: readonly LocatedFinding[];
  readonly cost: CostDifference;
  /** Why the preview failed, in the engine's words. */
  readonly problems: readonly string[];
  /** What the reader should know of how the comparison was made. */
  readonly notes: readonly string[];
}

/** What follows from an error that is reported beside it. */
const CONSEQUENCE = /^(update|preview) failed$|client connection is closing|resource monitor shut down/i;

export interface Planned {
  readonly touched: TouchedStack;
  readonly plan: Plan;
  /** What `plan` is compared with: a preview of the base, nothing for a stack that the base does not have, or the state. */
  readonly against: { readonly base: Plan | undefined } | "state";
  readonly packs: readonly Pack[];
  /** By pack, what the stack's environment has chosen. */
  readonly levels: ReadonlyMap<string, Levels>;
  /** The checkout that `plan` is of. */
  readonly root: string;
  /** The lines that the change wrote in a file, e.g. `11,15-17`. */
  readonly linesOf: (path: string) => string | undefined;
}

/** Judges the preview of one stack: what it would change, what that costs, what the packs say. */
export function reviewStack({ touched, plan, against, packs, levels, root, linesOf }: Planned): StackReview {
  const after = statesAfter(plan);
  const base = against === "state" ? undefined : against.base;
  const before = against === "state" ? statesBefore(plan) : base === undefined ? [] : statesAfter(base);
  const changes = against === "state" ? plannedChanges(plan.steps) : compared(before, after);
  const states = new Map(after.map((state) => [state.urn, state]));
  const located = findings(plan.policies, packs, levels).map((finding): LocatedFinding => {
    const trace = declaredAt(states.get(finding.urn)?.stackTrace ?? [], root);
    return { ...finding, declared: trace[0], changed: nearestChange(touched, trace, linesOf) };
  });
  const problems = reasons(plan);
  const failed = !plan.completed && (problems.length > 0 || !located.some(stops));
  return {
    touched,
    outcome: failed ? "failed" : located.some(stops) ? "refused" : "passed",
    changes,
    findings: located,
    cost: costDifference(changes.resources, before, after),
    problems: failed && problems.length === 0 ? [plan.output || "The engine gave no reason."] : problems,
    notes: notes(against, base),
  };
}

function notes(against: Planned["against"], base: Plan | undefined): string[] {
  if (against === "state") return [];
  if (base === undefined) return ["The base does not have this stack: all of it is new."];
  if (base.completed) return [];
  const why = reasons(base).join("; ") || base.output;
  return [`The base cannot be previewed, so that more seems to change than does: ${why}`];
}

const statesAfter = ({ steps }: Plan): PlannedState[] =>
  unique(steps.flatMap(({ op, newState }) => (newState == null || op.startsWith("delete") ? [] : [newState])));
const statesBefore = ({ steps }: Plan): PlannedState[] => unique(steps.flatMap(({ oldState }) => oldState ?? []));

const unique = (states: readonly PlannedState[]): PlannedState[] => [
  ...new Map(states.map((state) => [state.urn, state])).values(),
];

/** Why a preview did not come to its end, each once, in a fixed order. */
export function reasons({ messages }: Pick<Plan, "messages">): string[] {
  const errors = messages.filter(({ severity, text }) => severity === "error" && !CONSEQUENCE.test(text));
  return [...new Set(errors.map(({ urn, text }) => (urn === undefined ? text : `${nameIn(urn)}: ${text}`)))].sort();
}

function nearestChange(
  { because, stack }: TouchedStack,
  trace: readonly Position[],
  linesOf: Planned["linesOf"],
): Position | undefined {
  const declares = trace.find(({ path }) => because.includes(path));
  const path = declares?.path ?? (because.includes(stack.file) ? stack.file : because[0]);
  return path === undefined ? undefined : { path, lines: linesOf(path) ?? declares?.lines };
}
