import { allocatable, type NodePool, POOLS, workPools } from "../../components/cluster/pools.ts";
import { teamNamespace } from "../../components/team/constants.ts";
import { planPublishedTeam } from "../../components/team/published.ts";
import type { TeamShare } from "../../components/workflow/queues.ts";
import { localProfile, type PlatformProfile, withTeams } from "../../submission/spec/index.ts";
import type { QueueOwner } from "./policy.ts";
import { NODE_COUNTS, QUOTA_PART, TEAMS } from "./setting.ts";
import { teamIn } from "./workflow.ts";

/** What a team has of the simulation's machines; it may borrow as much again. */
export function shareOf(part: number): TeamShare {
  const quota = Object.fromEntries(
    POOLS.filter(({ name }) => workPools(NODE_COUNTS).some((pool) => pool.name === name)).map(
      (pool: NodePool & { name: keyof typeof NODE_COUNTS }) => {
        const { cpuMillis, memoryGi, gpu } = allocatable(pool.shape);
        const machines = (NODE_COUNTS[pool.name] ?? 0) * QUOTA_PART * part;
        const amount = {
          cpu: Math.floor((machines * cpuMillis) / 1000),
          memory: Math.floor(machines * memoryGi),
          gpu: Math.floor(machines * gpu),
        };
        return [pool.name, amount];
      },
    ),
  );
  return { quota, burst: 1, weight: part };
}

export const queueOwners = (prefix: string): QueueOwner[] =>
  Object.entries(TEAMS).map(([team, part]) => {
    const name = teamIn(prefix, team);
    return { name, namespace: teamNamespace(name), share: shareOf(part), cohort: `${prefix}-simulation` };
  });

/** The local platform with the simulation's teams. */
export function simulationProfile(owners: readonly QueueOwner[]): PlatformProfile {
  const published = owners.map(({ name, share }) => planPublishedTeam({ team: name, share, secretScopes: [] }));
  return withTeams({ ...localProfile(), teams: {} }, published);
}
