import { resolve } from "node:path";
import { planPublishedTeam } from "../../components/team/index.ts";
import type { PlatformProfile } from "../../submission/spec/profile.ts";
import { withTeams } from "../../submission/spec/teams.ts";
import { parseTeam } from "./config.ts";
import { ofPlatform, readTeamFiles, type TeamFile } from "./files.ts";
import { shareOf } from "./plan.ts";
import { plannedPlatform } from "./platform.ts";
import { platformReference } from "./project.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");

/** The team files of an environment. */
export const teamFilesOf = (environment: string): TeamFile[] =>
  ofPlatform(readTeamFiles(import.meta.dirname), platformReference(environment));

/**
 * The profile of an environment with all of its teams, as the files of this checkout say it.
 *
 * @throws UserError when a file is wrong
 */
export function plannedProfile(environment: string, today = new Date().toISOString().slice(0, 10)): PlatformProfile {
  const reference = platformReference(environment);
  const platform = plannedPlatform(reference, CHECKOUT);
  const others = teamFilesOf(environment);
  const teams = others.map(({ stack, raw }) => {
    const config = parseTeam({ stack, raw, others, platform, today });
    return planPublishedTeam({ team: config.name, share: shareOf(config), secretScopes: config.secretScopes });
  });
  return withTeams(platform.profile, teams);
}
