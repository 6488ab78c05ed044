import { EXECUTOR_REQUEST, LEADER_REQUESTS, RAY_AUTOSCALER_REQUEST } from "./defaults.ts";
import type { Kind } from "./model.ts";
import type { PlatformProfile, Pool, Team } from "./profile.ts";
import { cpuMillis, formatBytes, formatMillis, memoryBytes } from "./values/quantity.ts";

/** An amount of what quota counts, in whole units. */
export interface Amount {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly gpu: number;
}

/** What Kueue charges to a team's quota for one node while it is admitted. */
export interface Charge {
  /** Its own pod with what Argo's executor asks for beside it; for custom resources, the pods that do the work. */
  readonly work: Amount;
  /** The pod that leads them: Ray's head, Spark's driver. */
  readonly leader: Amount | undefined;
}

/** What a team can get of a pool: its own, and on top what it may borrow. */
export interface Reach {
  readonly pool: Pool;
  readonly nominal: Amount;
  readonly borrowable: Amount;
  readonly total: Amount;
}

const NOTHING: Amount = { cpuMillis: 0, memoryBytes: 0, gpu: 0 };
const RAY_AUTOSCALER = amountOf({ ...RAY_AUTOSCALER_REQUEST, gpu: 0 });
const EXECUTOR = amountOf({ ...EXECUTOR_REQUEST, gpu: 0 });

/** How a node is run, as far as its charge depends on it. */
export interface Run {
  readonly kind: Kind | undefined;
  /** Pods of the node's size that it starts with. Default: 1. */
  readonly workers?: number | undefined;
  /** It may get more of them. */
  readonly grows?: boolean | undefined;
}

/**
 * What a node starts with. What a Ray cluster adds later is charged when it is added.
 *
 * @param size what the node asks for
 */
export function chargeOf({ kind, workers = 1, grows = false }: Run, size: Amount): Charge {
  if (kind === "ray_job" || kind === "spark_sql") {
    const leader = amountOf({ ...LEADER_REQUESTS[kind], gpu: 0 });
    return { work: times(size, workers), leader: grows ? add(leader, RAY_AUTOSCALER) : leader };
  }
  const alone = kind === "flink_job" || kind === "custom_crd";
  return { work: alone ? size : add(size, EXECUTOR), leader: undefined };
}

/** What a team can get of each pool of the profile. */
export function reachOf(profile: PlatformProfile, team: Team): ReadonlyMap<string, Reach> {
  return new Map(
    profile.pools.map((pool) => {
      const quota = team.quota[pool.name];
      const nominal = quota === undefined ? NOTHING : amountOf(quota.nominal);
      const borrowable = quota === undefined ? NOTHING : amountOf(quota.borrowable);
      return [pool.name, { pool, nominal, borrowable, total: add(nominal, borrowable) }];
    }),
  );
}

/**
 * Whether Kueue can ever admit this: there is a pool whose quota covers the work, and one for its leader, or one for both together.
 *
 * @param leaders pools the leader may be in
 */
export function coversEver(charge: Charge, pools: readonly Reach[], leaders: readonly Reach[]): boolean {
  const { work, leader } = charge;
  if (leader === undefined) return pools.some(({ total }) => within(work, total));
  return pools.some((own) =>
    leaders.some((its) =>
      its.pool === own.pool
        ? within(add(work, leader), own.total)
        : within(work, own.total) && within(leader, its.total),
    ),
  );
}

export const within = (asked: Amount, most: Amount): boolean =>
  asked.cpuMillis <= most.cpuMillis && asked.memoryBytes <= most.memoryBytes && asked.gpu <= most.gpu;

export const add = (a: Amount, b: Amount): Amount => ({
  cpuMillis: a.cpuMillis + b.cpuMillis,
  memoryBytes: a.memoryBytes + b.memoryBytes,
  gpu: a.gpu + b.gpu,
});

const times = ({ cpuMillis: cpu, memoryBytes: memory, gpu }: Amount, count: number): Amount => ({
  cpuMillis: cpu * count,
  memoryBytes: memory * count,
  gpu: gpu * count,
});

/** Of each kind of resource the name and how an amount of it is written. */
export const PARTS = [
  { name: "cpu", text: (amount: Amount) => formatMillis(amount.cpuMillis), of: (amount: Amount) => amount.cpuMillis },
  {
    name: "mem",
    text: (amount: Amount) => formatBytes(amount.memoryBytes),
    of: (amount: Amount) => amount.memoryBytes,
  },
  { name: "gpu", text: (amount: Amount) => String(amount.gpu), of: (amount: Amount) => amount.gpu },
] as const;

/** `cpu 4, mem 16Gi, gpu 1`; no GPU where there is none. */
export const amountText = (amount: Amount): string =>
  PARTS.filter(({ name, of }) => name !== "gpu" || of(amount) > 0)
    .map(({ name, text }) => `${name} ${text(amount)}`)
    .join(", ");

/** `300 + 150 borrowed`; the borrowed part only where there is one. */
export function reachText({ nominal, borrowable }: Reach, { text, of }: (typeof PARTS)[number]): string {
  return of(borrowable) === 0 ? text(nominal) : `${text(nominal)} + ${text(borrowable)} borrowed`;
}

function amountOf({ cpu, mem, gpu }: { readonly cpu: string; readonly mem: string; readonly gpu: number }): Amount {
  return { cpuMillis: cpuMillis(cpu), memoryBytes: memoryBytes(mem), gpu };
}
