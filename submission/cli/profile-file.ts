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
  const [{ parse }, { platformProfile }, { z }] = await Promise.all([
    import("yaml"),
    import("../spec/profile.ts"),
    import("zod"),
  ]);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new UserError(
      `the profile ${source} is neither YAML nor JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
  const result = platformProfile.safeParse(value);
  if (result.success) return result.data;
  throw new UserError(`${source} is not a PlatformProfile:\n${z.prettifyError(result.error)}`, {
    hint: "`orch schema profile` prints what is expected; a stack's output `profile` is one",
  });
}
