import type { PublishedTeam } from "../../submission/spec/profile.ts";
import {
  DRIVER_ACCOUNT,
  EXECUTOR_ACCOUNT,
  LOCAL_QUEUES,
  perQueue,
  poolShare,
  type TeamShare,
  WORKFLOW_ACCOUNT,
} from "../workflow/index.ts";
import { scopeSecret, teamNamespace } from "./constants.ts";

export interface TeamFacts {
  readonly team: string;
  readonly share: TeamShare;
  readonly secretScopes: readonly string[];
}

/** What a team's stack tells whoever compiles for the team; nothing in it depends on another team. */
export function planPublishedTeam({ team, share, secretScopes }: TeamFacts): PublishedTeam {
  const pools = Object.keys(share.quota).sort();
  return {
    version: 1,
    name: team,
    team: {
      namespace: teamNamespace(team),
      serviceAccount: WORKFLOW_ACCOUNT,
      executorServiceAccount: EXECUTOR_ACCOUNT,
      driverServiceAccount: DRIVER_ACCOUNT,
      queues: perQueue(share, (workClass) => LOCAL_QUEUES[workClass]),
      secretScopes: Object.fromEntries(secretScopes.map((scope) => [scope, { secret: scopeSecret(scope) }])),
    },
    shares: Object.fromEntries(pools.map((pool) => [pool, poolShare(share, pool)])),
  };
}
