import type { PlatformProfile } from "../../spec/index.ts";
import type { Access, Verb } from "../access/index.ts";
import type { Caller } from "../model.ts";
import { Rejection } from "./rejection.ts";

interface Asked {
  readonly profile: PlatformProfile;
  readonly access: Access;
}

/** Teams in whose namespace the caller has the right, in the profile's order. */
export async function teamsAllowing({ profile, access }: Asked, caller: Caller, verb: Verb): Promise<string[]> {
  const teams = Object.entries(profile.teams);
  const allowed = await Promise.all(teams.map(([, { namespace }]) => access.may(caller, verb, namespace)));
  return teams.filter((_, i) => allowed[i]).map(([name]) => name);
}

/**
 * The team a submission is for: the one that is named or, where none is, the only one the caller may submit for; of several, the
 * profile's default.
 *
 * @throws Rejection when there is none, or no telling which
 */
export async function teamFor(asked: Asked, caller: Caller, named: string | undefined): Promise<string> {
  const { profile, access } = asked;
  if (named !== undefined) {
    const team = Object.hasOwn(profile.teams, named) ? profile.teams[named] : undefined;
    if (team !== undefined && (await access.may(caller, "create", team.namespace))) return named;
    // Of a team that others have, and of one that is not there, the same is said.
    throw new Rejection("forbidden", `${caller.name} may not submit for a team of this name, or there is none.`);
  }
  const allowed = await teamsAllowing(asked, caller, "create");
  const only = allowed.length === 1 ? allowed[0] : allowed.find((name) => name === profile.defaultTeam);
  if (only !== undefined) return only;
  if (allowed.length === 0) {
    throw new Rejection(
      "forbidden",
      `${caller.name} may not submit for any team. It takes the verb create on submissions of orch.dev in a team's namespace.`,
    );
  }
  throw new Rejection("malformed", `Say for which team: ${allowed.join(", ")} (field or header orch-team).`);
}
