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
  readonly #team: Team | undefined;

  constructor(profile: PlatformProfile, team: Team | undefined) {
    this.#team = team;
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
    const wanted = demand.gpu > 0 ? "gpu" : "cpu";
    return this.#shapes.filter(
      ({ pool }) => pool.class === wanted && (demand.qos === "spot_ok" || pool.capacity === "on-demand"),
    );
  }

  /**
   * Reports a demand that no pool can hold, or that the team's quota can never cover.
   * @param own whether the node has resources of its own to point at
   */
  report(demand: Demand, node: Path, own: boolean, findings: Findings): void {
    const key = keyOf(demand);
    if (this.#fine.has(key)) return;
    const before = findings.list.length;
    const path = own ? [...node, "resources"] : node;
    if (this.pools(demand).length === 0) this.#reportNoPool(demand, path, [...node, "gpu_slice"], findings);
    else this.#reportQuota(demand, path, findings);
    if (findings.list.length === before) this.#fine.add(key);
  }

  #reportNoPool(demand: Demand, path: Path, slicePath: Path, findings: Findings): void {
    const { gpuSlice } = demand;
    const slices = [...new Set(this.#shapes.flatMap(({ pool }) => Object.keys(pool.slices)))];
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
    const kind = `${demand.qos === "spot_ok" ? "" : "on-demand "}${demand.gpu > 0 ? "GPU" : "CPU"} pool`;
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

  #reportQuota(demand: Demand, path: Path, findings: Findings): void {
    const quota = this.#team?.quota;
    if (quota === undefined) return;
    const over: string[] = [];
    const of = demand.gpu > 0 ? quota.gpu : quota.cpu;
    if (demand.cpuMillis > cpuMillis(of.cpu)) over.push(`cpu ${of.cpu}`);
    if (demand.memoryBytes > memoryBytes(of.mem)) over.push(`mem ${of.mem}`);
    if (demand.gpu > quota.gpu.gpu) over.push(`gpu ${quota.gpu.gpu}`);
    if (over.length === 0) return;
    findings.add(
      "fit/quota",
      path,
      `${describe(demand)} is more than the team can ever get: its quota with borrowing is ${over.join(", ")}.`,
      {
        suggestion: `Ask for at most ${over.join(", ")}, or have the team's quota raised.`,
      },
    );
  }
}

function keyOf(demand: Demand): string {
  return `${demand.cpuMillis}/${demand.memoryBytes}/${demand.gpu}/${demand.gpuSlice ?? ""}/${demand.qos}`;
}

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
  return `cpu ${formatMillis(cpu)}, mem ${formatBytes(memory)}${pool.class === "gpu" ? `, gpu ${devices}${slices}` : ""}`;
}
