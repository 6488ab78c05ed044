import type { TeamArgs } from "../../components/team/index.ts";
import type { TeamShare } from "../../components/workflow/index.ts";
import type { PlatformContract } from "../platform-contract.ts";
import type { TeamConfig } from "./schema.ts";

type Planned = Omit<TeamArgs, "cluster" | "vault" | "artifacts">;

/** What the team has of the cluster's capacity. */
export const shareOf = ({
  quota,
  burst,
  lend,
  weight,
}: Pick<TeamConfig, "quota" | "burst" | "lend" | "weight">): TeamShare => ({
  quota,
  burst: burst?.fraction ?? 0,
  lend,
  weight,
});

/** Configuration and what the platform gives -> the team, as far as it needs no connection to anything. */
export function planTeam(config: TeamConfig, platform: PlatformContract): Planned {
  const { network } = platform;
  const redis = config.rayCluster?.redis;
  return {
    team: config.name,
    share: shareOf(config),
    burstApproval: config.burst?.approved,
    limits: config.limits,
    storageClasses: platform.storageClasses,
    groups: config.groups,
    submissionApi: platform.submissionApi,
    platformAccounts: platform.platformAccounts,
    kinds: platform.createdKinds,
    access: {
      ...network,
      egress: [
        ...network.egress,
        ...config.egress,
        ...(redis === undefined ? [] : [{ name: "redis", cidrs: redis.cidrs, ports: [portOf(redis.address)] }]),
      ],
    },
    secretScopes: config.secretScopes,
    profileNamespace: platform.profile.argo.namespace,
  };
}

const portOf = (address: string) => Number(/:(\d+)$/.exec(address)?.[1]);
