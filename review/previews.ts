import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// Not by the room's door, which loads the Automation API: two seconds that no preview needs.
import { type Plan, planStack } from "../local/engine/plan.ts";
import { type PreparedEngine, prepareEngine } from "../local/engine/prepare.ts";
import { usesCrds } from "../local/engine/stack-config.ts";
import type { Pack } from "./policy/packs.ts";
import type { Stack } from "./touched/projects.ts";

/** Two engines with nothing in their state, for previews of a change and of its base at the same time. */
export interface Previews extends Disposable {
  /** The stack as the checkout declares it, judged by every pack. */
  readonly ofChange: (stack: Stack) => Promise<Plan>;
  /** The stack as the base declares it; the packs judge the change alone. */
  readonly ofBase: (stack: Stack) => Promise<Plan>;
}

export interface PreviewsOptions {
  readonly root: string;
  /** The checkout of the base; none where the state is compared with. */
  readonly base: string | undefined;
  readonly stacks: readonly Stack[];
  readonly packs: readonly Pack[];
  readonly signal: AbortSignal;
}

export async function preparePreviews(options: PreviewsOptions): Promise<Previews> {
  const { root, base, packs, signal } = options;
  const folder = mkdtempSync(join(tmpdir(), "orch-review-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const nothing = join(folder, "no-settings.json");
    writeFileSync(nothing, "{}");
    const change = await offline(join(folder, "change"), options);
    const before = base === undefined ? undefined : await offline(join(folder, "base"), options);
    const judged = (stack: Stack) => ({
      policyPacks: packs.map((pack) => join(root, pack.folder)),
      policyPackConfigs: packs.map((pack) => {
        const settings = pack.settings.get(stack.environment);
        return settings === undefined ? nothing : join(root, settings);
      }),
    });
    const state = base === undefined ? "own" : "environment";
    return {
      ofChange: (stack) =>
        planStack({
          ...{ engine: change, projectDir: join(root, stack.folder), stack: stack.name, state, signal },
          ...judged(stack),
        }),
      ofBase: (stack) =>
        planStack({
          ...{
            engine: before ?? change,
            projectDir: join(base ?? root, stack.folder),
            stack: stack.name,
            state,
            signal,
          },
        }),
      [Symbol.dispose]: remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The stand-in everywhere: the same answer on every machine, and no account needed. */
function offline(stateDir: string, { root, stacks, signal }: PreviewsOptions): Promise<PreparedEngine> {
  return prepareEngine({
    stateDir,
    plugins: "ours",
    crds: stacks.some(({ folder, name }) => usesCrds(join(root, folder), name)),
    // A stack that builds on another takes it as this checkout plans it, not as it runs.
    env: { ORCH_PLATFORM: "planned" },
    signal,
  });
}
