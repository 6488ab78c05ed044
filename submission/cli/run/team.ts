import { CoreV1Api } from "@kubernetes/client-node";
import { apiError, httpStatus } from "../../service/kubernetes/api-errors.ts";
import { localProfile, type PlatformProfile, type Team } from "../../spec/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { parseProfile, readProfile } from "../profile-file.ts";
import type { Cluster } from "./connect.ts";

/** Where `stacks/platform` publishes the profile of a cluster. */
const PUBLISHED = { namespace: "orchestr", name: "platform-profile", key: "profile.json" } as const;

/** The profile that holds on a cluster: the file's, else the one the cluster's platform stack published. */
export async function profileOf(cluster: Cluster, path: string | undefined): Promise<PlatformProfile> {
  if (path !== undefined) return await readProfile(path);
  if (cluster.embedded) return localProfile();
  try {
    const { data } = await cluster.kubeConfig.makeApiClient(CoreV1Api).readNamespacedConfigMap(PUBLISHED);
    return await parseProfile(data?.[PUBLISHED.key] ?? "", `ConfigMap ${PUBLISHED.namespace}/${PUBLISHED.name}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (httpStatus(error) === 404) {
      throw new UserError(`${cluster.description} has no platform profile`, {
        hint: "apply the platform stack there, or give the profile with --profile",
        exitCode: 2,
      });
    }
    throw apiError(error, "read the platform profile", cluster.description);
  }
}

/** @throws UserError when the profile has no such team, or no default and none is named. */
export function teamOf(profile: PlatformProfile, name: string | undefined): Team {
  const chosen = name ?? profile.defaultTeam;
  const known = Object.keys(profile.teams).join(", ");
  if (chosen === undefined)
    throw new UserError("no team is named and the profile has no default", { hint: `--team is one of ${known}` });
  const team = profile.teams[chosen];
  if (team === undefined)
    throw new UserError(`there is no team ${chosen} in the profile`, { hint: `there is ${known}` });
  return team;
}
