import { CoreV1Api, type V1ConfigMap } from "@kubernetes/client-node";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import { localProfile, type PlatformProfile, type Team } from "../../spec/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { type Published, parsePublished, readProfile } from "../profile-file.ts";
import type { Cluster } from "./connect.ts";

/** Where the stacks publish the profile of a cluster: the platform's own, and a part for each team beside it. */
const PUBLISHED = {
  namespace: "orchestr",
  label: "orch.dev/profile",
  platform: { name: "platform-profile", key: "profile.json" },
  team: { name: (team: string) => `team-profile-${team}`, key: "team.json" },
} as const;

/** The profile that holds on a cluster. Of the embedded environment the one that comes along says the same and costs nothing. */
export const profileOf = async (cluster: Cluster): Promise<PlatformProfile> =>
  cluster.embedded ? localProfile() : await publishedProfile(cluster);

/**
 * The profile as far as it says something to one team: the file's, else the platform's part and the team's own, which the team's people
 * may read. What the team may borrow is nothing in it, since it does not say what the others lend.
 *
 * @param team default: the platform's default team
 */
export async function profileOfTeam(
  cluster: Cluster,
  path: string | undefined,
  team: string | undefined,
): Promise<PlatformProfile> {
  if (path !== undefined) return await readProfile(path);
  const known = cluster.embedded ? localProfile() : undefined;
  if (known !== undefined && (team === undefined || team in known.teams)) return known;
  const platform = await published(cluster, PUBLISHED.platform.name, PUBLISHED.platform.key);
  if (platform === undefined) throw noProfile(cluster);
  const profile = await parsePublished(platform, []);
  const name = team ?? profile.defaultTeam;
  if (name === undefined) return profile;
  const own = await published(cluster, PUBLISHED.team.name(name), PUBLISHED.team.key);
  if (own === undefined)
    throw new UserError(`there is no team ${name} on ${cluster.description}`, {
      hint: "each team has a stack of its own: apply one with `pulumi up --cwd stacks/team --stack <team>`",
      exitCode: 2,
    });
  return await parsePublished(platform, [own]);
}

/** What the stacks of a cluster published: the platform's part and every team's. Only who runs the platform may read them all. */
export async function publishedProfile(cluster: Cluster): Promise<PlatformProfile> {
  try {
    const api = cluster.kubeConfig.makeApiClient(CoreV1Api);
    const { items } = await api.listNamespacedConfigMap({
      namespace: PUBLISHED.namespace,
      labelSelector: PUBLISHED.label,
    });
    const of = (kind: "platform" | "team") =>
      items.filter(({ metadata }) => metadata?.labels?.[PUBLISHED.label] === kind);
    const [platform] = of("platform");
    if (platform !== undefined)
      return await parsePublished(
        textOf(platform, PUBLISHED.platform.key),
        of("team").map((map) => textOf(map, PUBLISHED.team.key)),
      );
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (httpStatus(error) !== 404) throw apiError(error, "read the platform profile", cluster.description);
  }
  throw noProfile(cluster);
}

/** One part of it; undefined when it is not there. */
async function published(cluster: Cluster, name: string, key: string): Promise<Published | undefined> {
  const { namespace } = PUBLISHED;
  try {
    const api = cluster.kubeConfig.makeApiClient(CoreV1Api);
    return textOf(await api.readNamespacedConfigMap({ namespace, name }), key);
  } catch (error) {
    if (httpStatus(error) === 404) return undefined;
    throw apiError(error, `read the profile ${namespace}/${name}`, cluster.description);
  }
}

const textOf = (map: V1ConfigMap, key: string): Published => ({
  text: map.data?.[key] ?? "",
  source: `ConfigMap ${PUBLISHED.namespace}/${map.metadata?.name}`,
});

const noProfile = (cluster: Cluster) =>
  new UserError(`${cluster.description} has no platform profile`, {
    hint: "apply the platform stack there, or give the profile with --profile",
    exitCode: 2,
  });

/** @throws UserError when the profile has no such team, or no default and none is named. */
export function teamOf(profile: PlatformProfile, name: string | undefined): Team {
  const chosen = name ?? profile.defaultTeam;
  const known = Object.keys(profile.teams).join(", ");
  if (known === "")
    throw new UserError("there is no team in the profile", {
      hint: "each team has a stack of its own: apply one with `pulumi up --cwd stacks/team --stack <team>`",
      exitCode: 2,
    });
  if (chosen === undefined)
    throw new UserError("no team is named and the profile has no default", { hint: `--team is one of ${known}` });
  const team = profile.teams[chosen];
  if (team === undefined)
    throw new UserError(`there is no team ${chosen} in the profile`, { hint: `there is ${known}` });
  return team;
}
