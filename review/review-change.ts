import { existsSync } from "node:fs";
import { join } from "node:path";
import { planChecks, runCheck, type Tests } from "./check.ts";
import { findPacks, type Pack, readLevels } from "./policy/packs.ts";
import { type Previews, preparePreviews } from "./previews.ts";
import type { Progress } from "./progress.ts";
import type { Report } from "./report.ts";
import { reviewStack, type StackReview } from "./stack-review.ts";
import { checkOut } from "./touched/base-checkout.ts";
import { type Change, changedLines, filesOf, findChange } from "./touched/changed-paths.ts";
import { findProjects, type Project, type Stack, stackIn, stackName } from "./touched/projects.ts";
import { sourcesOf } from "./touched/sources.ts";
import { namedStacks, type TouchedStack, touchedStacks } from "./touched/stacks.ts";

export interface ReviewOptions {
  /** Of the checkout. */
  readonly root: string;
  /** Commit or branch; default: the main branch. What is compared is where the change branched off it. */
  readonly base: string | undefined;
  readonly compareWith: Report["comparedWith"];
  /** `project/stack`; none: those that the change touches. */
  readonly stacks: readonly string[];
  readonly checks: boolean;
  readonly tests: Tests;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Runs the checks, previews what the change touches, and judges it. Everything is run, whatever fails on the way. */
export async function reviewChange(options: ReviewOptions): Promise<Report> {
  const { root, progress, signal } = options;
  const change = findChange(root, options.base);
  const files = filesOf(root);
  const projects = findProjects(root, files);
  const packs = findPacks(root, files);
  const touched =
    options.stacks.length > 0
      ? namedStacks(options.stacks, projects).map(asked)
      : touchedBy(root, change, projects, packs);
  const checks = [];
  for (const check of planChecks(options)) {
    const result = await progress.step(
      check.title,
      () => runCheck(check, root, signal),
      ({ passed }) => (passed ? "passed" : "failed"),
    );
    checks.push(result);
  }
  const previewed = touched.filter(({ stack }) => !stack.embedded);
  return {
    against: `${change.against} (${change.base.slice(0, 7)})`,
    files: change.paths.length,
    comparedWith: options.compareWith,
    checks,
    stacks: previewed.length === 0 ? [] : await previewAll(previewed, change, packs, options),
    leftOut: touched.filter(({ stack }) => stack.embedded).map(({ stack }) => ({ stack, why: EMBEDDED })),
    deleted: change.paths.filter((path) => stackIn(path) !== undefined && !existsSync(join(root, path))),
  };
}

const asked = (stack: Stack): TouchedStack => ({ stack, because: [stack.file] });

const EMBEDDED = "it runs on the embedded environment, which npm start brings up and npm test applies it to.";

function touchedBy(
  root: string,
  { paths }: Change,
  projects: readonly Project[],
  packs: readonly Pack[],
): TouchedStack[] {
  const programs = projects.map((project) => ({ ...project, sources: sourcesOf(root, project.main) }));
  const judges = new Set(packs.flatMap(({ main }) => [...sourcesOf(root, main)]));
  return touchedStacks(paths, programs, judges);
}

async function previewAll(
  touched: readonly TouchedStack[],
  change: Change,
  packs: readonly Pack[],
  options: ReviewOptions,
): Promise<StackReview[]> {
  const { root, progress, signal } = options;
  using base = options.compareWith === "base" ? checkOut(root, change.base) : undefined;
  const stacks = touched.map(({ stack }) => stack);
  using previews = await progress.step("Engine and plugins", () =>
    preparePreviews({ root, base: base?.root, stacks, packs, signal }),
  );
  const reviews: StackReview[] = [];
  for (const one of touched) {
    const review = () => reviewOne(one, { change, packs, previews, base: base?.root, root });
    reviews.push(await progress.step(`Preview of ${stackName(one.stack)}`, review, ({ outcome }) => outcome));
  }
  return reviews;
}

interface Setting {
  readonly change: Change;
  readonly packs: readonly Pack[];
  readonly previews: Previews;
  readonly base: string | undefined;
  readonly root: string;
}

async function reviewOne(
  touched: TouchedStack,
  { change, packs, previews, base, root }: Setting,
): Promise<StackReview> {
  const { stack } = touched;
  const isOld = base !== undefined && existsSync(join(base, stack.file));
  const [plan, before] = await Promise.all([previews.ofChange(stack), isOld ? previews.ofBase(stack) : undefined]);
  const levels = packs.map(({ name, settings }) => [name, readLevels(root, settings.get(stack.environment))] as const);
  return reviewStack({
    ...{ touched, plan, packs, root },
    against: base === undefined ? "state" : { base: before },
    levels: new Map(levels),
    linesOf: (path) => changedLines(root, change.base, path),
  });
}
