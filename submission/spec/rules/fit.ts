import {
  type Amount,
  add,
  amountText,
  type Charge,
  chargeOf,
  coversEver,
  PARTS,
  type Reach,
  type Run,
  reachOf,
  reachText,
} from "../charge.ts";
import { EXECUTOR_REQUEST } from "../defaults.ts";
import type { Findings, Path } from "../findings.ts";
import { oneOf } from "../findings.ts";
import type { Qos } from "../model.ts";
import type { PlatformProfile, Pool, Team } from "../profile.ts";
import { nearest } from "../suggest.ts";
import { cpuMillis, formatBytes, formatMillis, memoryBytes } from "../values/quantity.ts";

/** What a pod asks for, in whole units. */
export interface Demand {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly gpu: number;
  readonly gpuSlice: string | undefined;
  readonly qos: Qos;
  /** How it is run decides what is charged. */
  readonly run?: Run | undefined;
}

/** What a node of a pool has for the main container of one pod. */
interface Shape {
  readonly pool: Pool;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Answers "which pools can hold this" for one profile; answers are kept, since most nodes of a DAG ask the same. */
export class PoolFit {
  readonly #shapes: readonly Shape[];
  readonly #known = new Map<string, readonly Pool[]>();
  readonly #fine = new Set<string>();
  #lastFine: Demand | undefined;
  readonly #profile: PlatformProfile;
  readonly #reach: ReadonlyMap<string, Reach> | undefined;
  readonly #preferred: string | undefined;

  /** @param preferred `affinity.compute_pool` */
  constructor(profile: PlatformProfile, team: Team | undefined, preferred?: string) {
    this.#profile = profile;
    this.#preferred = preferred;
    this.#reach = team === undefined ? undefined : reachOf(profile, team);
    this.#shapes = profile.pools.map((pool) => ({
      pool,
      cpuMillis: cpuMillis(pool.node.cpu) - cpuMillis(EXECUTOR_REQUEST.cpu),
      memoryBytes: memoryBytes(pool.node.mem) - memoryBytes(EXECUTOR_REQUEST.mem),
    }));
  }

  /** Pools whose nodes can hold one pod of this demand, by class, capacity and size. */
  pools(demand: Demand): readonly Pool[] {
    const key = keyOf(demand);
    let pools = this.#known.get(key);
    if (pools === undefined) {
      pools = this.#candidates(demand)
        .filter((each) => holds(each, demand))
        .map((each) => each.pool);
      this.#known.set(key, pools);
    }
    return pools;
  }

  #candidates(demand: Demand): Shape[] {
    const wanted = classOf(demand);
    return this.#shapes.filter(
      ({ pool }) => pool.class === wanted && (demand.qos === "spot_ok" || pool.capacity === "on-demand"),
    );
  }

  /**
   * Reports a demand that no pool can hold, or that the team's quota can never cover.
   * @param own whether the node has resources of its own to point at
   */
  report(demand: Demand, node: Path, own: boolean, findings: Findings): void {
    if (this.#lastFine !== undefined && isSame(this.#lastFine, demand)) return;
    const key = keyOf(demand);
    if (this.#fine.has(key)) return;
    const before = findings.list.length;
    const path = own ? [...node, "resources"] : node;
    if (this.pools(demand).length === 0) this.#reportNoPool(demand, path, [...node, "gpu_slice"], findings);
    else this.#reportQuota(demand, path, findings);
    if (findings.list.length > before) return;
    this.#fine.add(key);
    this.#lastFine = demand;
  }

  #reportNoPool(demand: Demand, path: Path, slicePath: Path, findings: Findings): void {
    const { gpuSlice } = demand;
    const slices = slicesOf(this.#profile);
    if (gpuSlice !== undefined && !slices.includes(gpuSlice)) {
      const near = nearest(gpuSlice, slices);
      const whole = slices.length === 0 ? "Ask for whole GPUs: remove gpu_slice." : `Use ${oneOf(slices)}.`;
      findings.add(
        "node/gpu-slice",
        slicePath,
        `No pool offers GPU slices ${gpuSlice}; there are ${slices.length === 0 ? "none" : oneOf(slices)}.`,
        {
          suggestion: near === undefined ? whole : `Did you mean ${near}?`,
        },
      );
      return;
    }
    const candidates = this.#candidates(demand);
    const asked = describe(demand);
    const kind = `${demand.qos === "spot_ok" ? "" : "on-demand "}${POOL_KINDS[classOf(demand)]} pool`;
    if (candidates.length === 0) {
      findings.add("fit/no-pool", path, `There is no ${kind} in this environment for ${asked}.`, {
        suggestion: demand.qos === "spot_ok" ? undefined : "Use qos: spot_ok.",
      });
      return;
    }
    const largest = candidates.reduce((best, each) => (score(each, demand) > score(best, demand) ? each : best));
    findings.add(
      "fit/no-pool",
      path,
      `No node of any ${kind} can hold ${asked}; the largest, of pool ${largest.pool.name}, offers ${offer(largest, gpuSlice)}.`,
      { suggestion: `Ask for at most ${offer(largest, gpuSlice)}, or split the work over more nodes.` },
    );
  }

  /** What the team can get of each pool its pods may be in, as far as it is known. */
  reachable(pools: readonly Pool[]): readonly Reach[] {
    return pools.flatMap(({ name }) => this.#reach?.get(name) ?? []);
  }

  #reportQuota(demand: Demand, path: Path, findings: Findings): void {
    if (this.#reach === undefined) return;
    const allowed = preferredFirst(this.pools(demand), this.#preferred);
    const pools = this.reachable(allowed);
    const charge = chargeOf(demand.run ?? { kind: undefined }, demand);
    if (coversEver(charge, pools, this.reachable(leaderPools(allowed, this.#profile)))) return;
    const only =
      allowed.length < this.pools(demand).length ? ` compute_pool ${this.#preferred} excludes the others.` : "";
    findings.add(
      "fit/quota",
      path,
      `${chargeText(charge, demand)} is more than the team can ever get of one pool: ${pools.map((reach) => shortfall(charge, reach)).join("; ")}.${only}`,
      { suggestion: `Ask for at most ${most(charge, pools)} in all, or have the team's quota raised.` },
    );
  }
}

/** A preferred pool goes first, and an on-demand one excludes spot. It binds only what fits it. */
export function preferredFirst(pools: readonly Pool[], preferred: string | undefined): readonly Pool[] {
  const ordered = [...pools].sort(
    (a, b) => Number(b.capacity === "spot") - Number(a.capacity === "spot") || (a.name < b.name ? -1 : 1),
  );
  const pool = ordered.find(({ name }) => name === preferred);
  if (pool === undefined) return ordered;
  return [pool, ...(pool.capacity === "spot" ? ordered.filter(({ capacity }) => capacity === "on-demand") : [])];
}

/**
 * Where the small pod that leads the others of a custom resource goes. It stands in the same queue, so in the same class: with CPU
 * work it goes on-demand, where it is not lost with a spot node; with GPU work it goes where that goes, because an on-demand GPU node
 * of its own would cost more than it saves.
 */
export function leaderPools(pools: readonly Pool[], profile: PlatformProfile): readonly Pool[] {
  const onDemand = profile.pools.filter((pool) => pool.class === "cpu" && pool.capacity === "on-demand");
  return pools[0]?.class !== "cpu" || onDemand.length === 0 ? pools : onDemand;
}

/** `4 workers of cpu 8, mem 32Gi: cpu 32, mem 128Gi, and cpu 1, mem 4Gi for the pod that leads them,`. */
function chargeText({ work, leader }: Charge, { run, ...size }: Demand): string {
  const workers = run?.workers ?? 1;
  const each = workers === 1 ? "" : `${workers} workers of ${amountText(size)}: `;
  const leads =
    leader === undefined ? "" : `, and ${amountText(leader)} for the pod that leads ${workers === 1 ? "it" : "them"},`;
  return `${each}${amountText(work)}${leads}`;
}

/** `gpu_spot: gpu 2 + 1 borrowed = 3 for 4`: each resource of the pool that is too little. */
function shortfall({ work, leader }: Charge, reach: Reach): string {
  const asked = leader === undefined ? work : add(work, leader);
  const short = PARTS.filter(({ of }) => of(asked) > of(reach.total)).map((part) => {
    const sum = part.of(reach.borrowable) === 0 ? "" : ` = ${part.text(reach.total)}`;
    return `${part.name} ${reachText(reach, part)}${sum} for ${part.text(asked)}`;
  });
  return `${reach.pool.name}: ${short.length === 0 ? "enough for the work alone" : short.join(", ")}`;
}

/** Of the pool that offers most of what is asked for. */
function most({ work, leader }: Charge, pools: readonly Reach[]): string {
  const met = (total: Amount): number =>
    PARTS.reduce((sum, { of }) => sum + (of(work) === 0 ? 1 : Math.min(1, of(total) / of(work))), 0);
  const [best, ...others] = pools;
  if (best === undefined) return "nothing";
  const { total, pool } = others.reduce((a, b) => (met(b.total) > met(a.total) ? b : a), best);
  const beside = leader ?? { cpuMillis: 0, memoryBytes: 0, gpu: 0 };
  const left = {
    cpuMillis: Math.max(0, total.cpuMillis - beside.cpuMillis),
    memoryBytes: Math.max(0, total.memoryBytes - beside.memoryBytes),
    gpu: total.gpu,
  };
  return `${amountText(left)} (pool ${pool.name})`;
}

function keyOf(demand: Demand): string {
  const { run } = demand;
  return `${demand.cpuMillis}/${demand.memoryBytes}/${demand.gpu}/${demand.gpuSlice ?? ""}/${demand.qos}/${run?.kind ?? ""}/${run?.workers ?? 1}/${run?.grows === true}`;
}

/** As `keyOf`, without making one. */
function isSame(a: Demand, b: Demand): boolean {
  return (
    a.cpuMillis === b.cpuMillis &&
    a.memoryBytes === b.memoryBytes &&
    a.gpu === b.gpu &&
    a.gpuSlice === b.gpuSlice &&
    a.qos === b.qos &&
    a.run?.kind === b.run?.kind &&
    a.run?.workers === b.run?.workers &&
    a.run?.grows === b.run?.grows
  );
}

/** What kind of pool a demand is for: slices of GPUs and whole ones are never in one pool. */
const classOf = ({ gpu, gpuSlice }: Pick<Demand, "gpu" | "gpuSlice">): Pool["class"] =>
  gpu === 0 ? "cpu" : gpuSlice === undefined ? "gpu" : "gpu-slice";

const POOL_KINDS = { cpu: "CPU", gpu: "GPU", "gpu-slice": "GPU slice" } as const satisfies Record<
  Pool["class"],
  string
>;

/** The slices of GPUs that a platform offers. */
const slicesOf = ({ pools }: PlatformProfile): string[] => [
  ...new Set(pools.flatMap(({ slices }) => Object.keys(slices))),
];

function holds({ pool, cpuMillis: cpu, memoryBytes: memory }: Shape, demand: Demand): boolean {
  const devices = demand.gpuSlice === undefined ? pool.node.gpu : (pool.slices[demand.gpuSlice] ?? 0);
  return demand.cpuMillis <= cpu && demand.memoryBytes <= memory && demand.gpu <= devices;
}

/** How much of the demand a pool meets: the one that is lacking least is the one to tell about. */
function score(shape: Shape, demand: Demand): number {
  const devices = demand.gpuSlice === undefined ? shape.pool.node.gpu : (shape.pool.slices[demand.gpuSlice] ?? 0);
  const met = (have: number, want: number): number => (want === 0 ? 1 : Math.min(1, have / want));
  return (
    met(devices, demand.gpu) * 100 + met(shape.cpuMillis, demand.cpuMillis) + met(shape.memoryBytes, demand.memoryBytes)
  );
}

function describe(demand: Demand): string {
  const gpu =
    demand.gpu === 0 ? "" : `, gpu ${demand.gpu}${demand.gpuSlice === undefined ? "" : ` x ${demand.gpuSlice}`}`;
  return `cpu ${formatMillis(demand.cpuMillis)}, mem ${formatBytes(demand.memoryBytes)}${gpu}`;
}

function offer({ pool, cpuMillis: cpu, memoryBytes: memory }: Shape, gpuSlice: string | undefined): string {
  const devices = gpuSlice === undefined ? pool.node.gpu : (pool.slices[gpuSlice] ?? 0);
  const slices = gpuSlice === undefined ? "" : ` x ${gpuSlice}`;
  return `cpu ${formatMillis(cpu)}, mem ${formatBytes(memory)}${pool.class === "cpu" ? "" : `, gpu ${devices}${slices}`}`;
}
