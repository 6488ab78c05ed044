import { join } from "node:path";
import { ofPlatform, readTeamFiles } from "../../stacks/team/files.ts";
import { platformReference } from "../../stacks/team/project.ts";
import { CHECKOUT } from "./packages.ts";
import { applyPlatform, type PlatformResult } from "./platform.ts";
import type { EngineOptions } from "./prepare.ts";
import type { ResourceEvent } from "./progress.ts";

/** Folder of the project whose stacks are teams. */
export const TEAM_PROJECT = join(CHECKOUT, "stacks", "team");

export interface TeamResult extends PlatformResult {
  /** Name of the stack. */
  readonly stack: string;
}

export interface TeamsOptions extends EngineOptions {
  /** The platform's stack, which is applied already. Default `local`. */
  readonly environment?: string;
  readonly onResource?: ((event: ResourceEvent) => void) | undefined;
}

/** Stacks of the teams whose files name the environment's platform. */
export const teamStacks = (environment: string): string[] =>
  ofPlatform(readTeamFiles(TEAM_PROJECT), platformReference(environment)).map(({ stack }) => stack);

/**
 * Applies every team of an environment, at the same time: they share nothing but the platform.
 *
 * @throws UserError of the first that fails, when all have come to an end
 */
export async function applyTeams({ environment = "local", ...options }: TeamsOptions): Promise<TeamResult[]> {
  const stacks = teamStacks(environment);
  const outcomes = await Promise.allSettled(
    stacks.map(async (stack) => ({
      stack,
      ...(await applyPlatform({ ...options, stack, projectDir: TEAM_PROJECT, crds: false })),
    })),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
