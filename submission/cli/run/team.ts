import { CoreV1Api, type V1ConfigMap } from "@kubernetes/client-node";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import { localProfile, type PlatformProfile, type Team } from "../../spec/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { parsePublished, readProfile } from "../profile-file.ts";
import type { Cluster } from "./connect.ts";

/** Where the stacks publish the profile of a cluster: the platform's own, and a part for each team beside it. */
const PUBLISHED = {
  namespace: "orchestr",
  label: "orch.dev/profile",
  platform: "profile.json",
  team: "team.json",
} as const;

/**
 * The profile that holds on a cluster: the file's, else the one that the cluster's stacks published. Of the embedded environment the
 * one that comes along says the same and costs nothing; a team that it does not know was added there.
 */
export async function profileOf(
  cluster: Cluster,
  path: string | undefined,
  team: string | undefined,
): Promise<PlatformProfile> {
  if (path !== undefined) return await readProfile(path);
  const known = cluster.embedded ? localProfile() : undefined;
  if (known !== undefined && (team === undefined || team in known.teams)) return known;
  return await publishedProfile(cluster);
}

/** What the stacks of a cluster published: the platform's part and every team's. */
export async function publishedProfile(cluster: Cluster): Promise<PlatformProfile> {
  try {
    const api = cluster.kubeConfig.makeApiClient(CoreV1Api);
    const { items } = await api.listNamespacedConfigMap({
      namespace: PUBLISHED.namespace,
      labelSelector: PUBLISHED.label,
    });
    const of = (kind: "platform" | "team") =>
      items.filter(({ metadata }) => metadata?.labels?.[PUBLISHED.label] === kind);
    const text = (map: V1ConfigMap, key: string) => ({
      text: map.data?.[key] ?? "",
      source: `ConfigMap ${PUBLISHED.namespace}/${map.metadata?.name}`,
    });
    const [platform] = of("platform");
    if (platform !== undefined)
      return await parsePublished(
        text(platform, PUBLISHED.platform),
        of("team").map((map) => text(map, PUBLISHED.team)),
      );
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (httpStatus(error) !== 404) throw apiError(error, "read the platform profile", cluster.description);
  }
  throw new UserError(`${cluster.description} has no platform profile`, {
    hint: "apply the platform stack there, or give the profile with --profile",
    exitCode: 2,
  });
}

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
