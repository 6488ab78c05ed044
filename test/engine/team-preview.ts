import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { teamFilesOf } from "../../stacks/team/planned-profile.ts";
import { type Preview, previewProject } from "./platform-preview.ts";

/** Names of the stacks of an environment's teams. */
export const teamsOf = (environment: string): string[] => teamFilesOf(environment).map(({ stack }) => stack);

/**
 * A first preview of a team, on the platform as its own configuration plans it: made once per run of the tests.
 *
 * @param folder shared by all tests of the run
 */
export async function teamPreview(environment: string, stack: string, folder: string): Promise<Preview> {
  const file = join(folder, `team-${stack}.preview.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  mkdirSync(folder, { recursive: true });
  const made = await previewTeam(environment, stack, join(folder, "state"));
  writeFileSync(file, JSON.stringify(made));
  return made;
}

/** What `npm run pulumi -- preview --cwd stacks/team --stack <stack>` says, policies included. */
export const previewTeam = (environment: string, stack: string, stateDir: string): Promise<Preview> =>
  // No settings of the quota pack are written for simulated nodes.
  previewProject(
    {
      folder: "stacks/team",
      prefix: "team",
      environment,
      packs: environment === "local" ? ["platform"] : ["platform", "quota"],
    },
    stack,
    { stateDir, config: stillApproved(environment, stack) },
  );

const DAY_MS = 86_400_000;
const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);

/** The approval that the file has, of yesterday: that the committed one runs out some day is what it is for. */
function stillApproved(environment: string, stack: string): Record<string, unknown> {
  const burst = teamFilesOf(environment).find((file) => file.stack === stack)?.raw.burst;
  if (typeof burst !== "object" || burst === null || !("approved" in burst)) return {};
  const { approved } = burst;
  if (typeof approved !== "object") return {};
  return { burst: { ...burst, approved: { ...approved, at: day(-1), until: day(30) } } };
}
