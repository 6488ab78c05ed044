import type { output, ZodType } from "zod";
import type { PlatformProfile } from "../spec/profile.ts";
import { localProfile } from "../spec/profiles/local.ts";
import { UserError } from "../spec/user-error.ts";
import { readDocument } from "./input.ts";

const LIMIT = 4 * 1024 * 1024;

/** The PlatformProfile in a file, YAML or JSON; the built-in `local` one without a path. */
export async function readProfile(path: string | undefined): Promise<PlatformProfile> {
  if (path === undefined) return localProfile();
  const { text } = await readDocument(path, LIMIT);
  return await parseProfile(text, path === "-" ? "standard input" : path);
}

/** @throws UserError listing everything that is wrong with it. */
export async function parseProfile(text: string, source: string): Promise<PlatformProfile> {
  const { platformProfile } = await import("../spec/profile.ts");
  return parseAs(platformProfile, "a PlatformProfile", { text, source });
}

/** A text, and what messages call it. */
export interface Published {
  readonly text: string;
  readonly source: string;
}

/**
 * The profile as the platform published it, with its teams as each of them did.
 *
 * @throws UserError listing everything that is wrong with one of them
 */
export async function parsePublished(platform: Published, teams: readonly Published[]): Promise<PlatformProfile> {
  const [{ publishedTeam }, { withTeams }] = await Promise.all([
    import("../spec/profile.ts"),
    import("../spec/teams.ts"),
  ]);
  const profile = await parseProfile(platform.text, platform.source);
  return withTeams(profile, await Promise.all(teams.map((team) => parseAs(publishedTeam, "a team's profile", team))));
}

async function parseAs<Schema extends ZodType>(
  schema: Schema,
  what: string,
  { text, source }: Published,
): Promise<output<Schema>> {
  const [{ parse }, { z }] = await Promise.all([import("yaml"), import("zod")]);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new UserError(
      `the profile ${source} is neither YAML nor JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError(`${source} is not ${what}:\n${z.prettifyError(result.error)}`, {
    hint: "`orch schema profile` prints what is expected; the output `profile` of a team's stack is one",
  });
}
