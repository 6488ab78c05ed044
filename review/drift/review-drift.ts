import { join } from "node:path";
import { type Plan, planRefresh } from "../../local/engine/plan.ts";
import { type PreparedEngine, prepareEngine } from "../../local/engine/prepare.ts";
import { projectName, usesCrds } from "../../local/engine/stack-config.ts";
import { readStackState } from "../../local/engine/state-file.ts";
import { UserError } from "../../submission/spec/user-error.ts";
import type { Progress } from "../progress.ts";
import { reasons } from "../stack-review.ts";
import { filesOf } from "../touched/changed-paths.ts";
import { findProjects, type Stack, stackName } from "../touched/projects.ts";
import { namedStacks } from "../touched/stacks.ts";
import { type Drift, driftIn } from "./drift.ts";

export interface StackDrift {
  readonly stack: Stack;
  readonly drift: Drift;
  /** Why it could not be told, in the engine's words; empty where it could. */
  readonly problems: readonly string[];
}

export interface DriftOptions {
  /** Of the checkout. */
  readonly root: string;
  /** `project/stack`. */
  readonly stacks: readonly string[];
  /**
   * State folder of the embedded environment; none: the state is in the backend of PULUMI_BACKEND_URL, and plugins are those of
   * PULUMI_HOME.
   */
  readonly stateDir: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Asks for every resource of the stacks whether it still is as the last update left it. Changes nothing. */
export async function reviewDrift(options: DriftOptions): Promise<StackDrift[]> {
  const { root, stateDir, progress, signal } = options;
  const stacks = namedStacks(options.stacks, findProjects(root, filesOf(root)));
  const engine = await progress.step("Engine and plugins", () => prepare(stacks, options));
  if (stateDir !== undefined) requireState(engine, root, stacks);
  const drifts: StackDrift[] = [];
  for (const stack of stacks) {
    const read = () =>
      planRefresh({
        ...{ engine, projectDir: join(root, stack.folder), stack: stack.name, signal },
        state: stateDir === undefined ? "own" : "environment",
      });
    drifts.push(await progress.step(`Drift of ${stackName(stack)}`, async () => judged(stack, await read()), outcome));
  }
  return drifts;
}

export const hasDrifted = ({ drift, problems }: StackDrift): boolean =>
  drift.resources.length > 0 || problems.length > 0;

const outcome = (one: StackDrift): string =>
  one.problems.length > 0 ? "failed" : hasDrifted(one) ? "drifted" : "as it was left";

function judged(stack: Stack, plan: Plan): StackDrift {
  const why = reasons(plan);
  const problems = plan.completed ? [] : why.length > 0 ? why : [plan.output || "The engine gave no reason."];
  return { stack, drift: driftIn(plan), problems };
}

function prepare(stacks: readonly Stack[], options: DriftOptions): Promise<PreparedEngine> {
  const { root, stateDir, kubeconfig, signal } = options;
  return prepareEngine({
    // Programs of the engine have to lie somewhere, for a state that is elsewhere, too.
    stateDir: stateDir ?? join(root, ".orch", "review"),
    ...(stateDir === undefined ? { plugins: "ours" as const } : {}),
    kubeconfig,
    crds: stacks.some(({ folder, name }) => usesCrds(join(root, folder), name)),
    signal,
  });
}

/** Without, each resource of nothing would be as it was left. */
function requireState({ folder }: PreparedEngine, root: string, stacks: readonly Stack[]): void {
  const missing = stacks.filter(
    (stack) => !readStackState(folder, projectName(join(root, stack.folder)), stack.name).exists,
  );
  if (missing.length === 0) return;
  throw new UserError(`There is no state of ${missing.map(stackName).join(", ")} in ${folder.root}.`, {
    hint: "Name the environment's state folder with --state, or set PULUMI_BACKEND_URL to where the state is.",
    exitCode: 2,
  });
}
