import type { Finding } from "../configuration.ts";
import type { Surroundings } from "./consistency.ts";
import type { TeamConfig } from "./schema.ts";

type Quota = TeamConfig["quota"][string];
const RESOURCES = ["cpu", "memory", "gpu"] as const;
type Resource = (typeof RESOURCES)[number];

/** Who takes how much of a pool. */
interface Part {
  readonly who: string;
  readonly quota: Quota | undefined;
}

/** Pools that are not there, and promises that no amount of scaling can keep. */
export function quotaFindings({ name, quota }: Partial<TeamConfig>, { siblings, platform }: Surroundings): Finding[] {
  if (quota === undefined || platform === undefined) return [];
  const pools = new Map(platform.pools.map((pool) => [pool.name, pool]));
  return Object.entries(quota).flatMap(([poolName, own]): Finding[] => {
    const pool = pools.get(poolName);
    const path = ["quota", poolName];
    if (pool === undefined)
      return [{ path, message: `the platform has no such pool; there are ${[...pools.keys()].join(", ")}` }];
    const { room, nodes } = pool;
    const [slice] = Object.keys(platform.profile.pools.find(({ name }) => name === poolName)?.slices ?? {});
    const parts: Part[] = [
      { who: name ?? "this team", quota: own },
      ...siblings.map((sibling) => ({ who: sibling.name ?? sibling.stack, quota: sibling.quota?.[poolName] })),
    ];
    return RESOURCES.flatMap((resource) => {
      const sum = parts.reduce((total, part) => total + (part.quota?.[resource] ?? 0), 0);
      const unit = resource === "gpu" && slice !== undefined ? `slices ${slice}` : UNITS[resource];
      const has = `the ${nodes} nodes of ${poolName} have ${room[resource]} ${unit} to give`;
      if (own[resource] > room[resource])
        return [{ path: [...path, resource], message: `is ${own[resource]}; ${has}` }];
      if (own[resource] > 0 && sum > room[resource])
        return [{ path: [...path, resource], message: `teams add up to ${sum}; ${has}: ${taken(parts, resource)}` }];
      return [];
    });
  });
}

const UNITS: Readonly<Record<Resource, string>> = { cpu: "cores", memory: "GiB", gpu: "GPUs" };

/** `research 16, execution 4`. */
const taken = (parts: readonly Part[], resource: Resource) =>
  parts
    .filter(({ quota }) => (quota?.[resource] ?? 0) > 0)
    .map(({ who, quota }) => `${who} ${quota?.[resource]}`)
    .join(", ");
