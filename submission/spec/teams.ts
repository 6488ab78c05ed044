import type { PlatformProfile, PoolAmount, PublishedTeam, Team } from "./profile.ts";

/** The platform's profile with the teams that published themselves beside it, in the order of their names. */
export function withTeams(profile: PlatformProfile, published: readonly PublishedTeam[]): PlatformProfile {
  const sorted = [...published].sort((a, b) => (a.name < b.name ? -1 : 1));
  const team = ({ name, team, shares }: PublishedTeam): [string, Team] => [
    name,
    {
      ...team,
      quota: Object.fromEntries(
        Object.entries(shares).map(([pool, { nominal }]) => [
          pool,
          { nominal: written(nominal), borrowable: written(borrowable(name, pool, sorted)) },
        ]),
      ),
    },
  ];
  return { ...profile, teams: { ...profile.teams, ...Object.fromEntries(sorted.map(team)) } };
}

const NONE: PoolAmount = { cpu: 0, memory: 0, gpu: 0 };

/** What one workload of a team can get of a pool beyond the team's own: what it may borrow, but never more than the others lend. */
export function borrowable(team: string, pool: string, teams: readonly PublishedTeam[]): PoolAmount {
  const most = teams.find(({ name }) => name === team)?.shares[pool]?.borrowing ?? NONE;
  const lent = teams
    .filter(({ name }) => name !== team)
    .map(({ shares }) => shares[pool]?.lending ?? NONE)
    .reduce((a, b) => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory, gpu: a.gpu + b.gpu }), NONE);
  return {
    cpu: Math.min(most.cpu, lent.cpu),
    memory: Math.min(most.memory, lent.memory),
    gpu: Math.min(most.gpu, lent.gpu),
  };
}

const written = ({ cpu, memory, gpu }: PoolAmount) => ({ cpu: String(cpu), mem: `${memory}Gi`, gpu });
