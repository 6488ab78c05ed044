import { type Charge, chargeOf, type Reach, type Run } from "../spec/charge.ts";
import type { DagNode, PlatformProfile, Pool, Submission } from "../spec/index.ts";
import { leaderPools, PoolFit, preferredFirst } from "../spec/rules/fit.ts";
import { cpuMillis, memoryBytes } from "../spec/values/quantity.ts";
import type { ArgoTag } from "./argo-tag.ts";
import type { Affinity, Labels, Requirement, ResourceRequirements, Toleration } from "./workflow.ts";

const CLASS = "orch.dev/class";
const CAPACITY = "orch.dev/capacity";
const POOL = "orch.dev/pool";
export const ZONE = "topology.kubernetes.io/zone";
const QUEUE_LABEL = "kueue.x-k8s.io/queue-name";
const PRIORITY_LABEL = "kueue.x-k8s.io/priority-class";

/** Where the pods of a node may run, in the order in which pools are tried. */
export interface Placement {
  readonly pools: readonly Pool[];
  /** Kueue ResourceFlavors of those pools, in the same order, without repetition. */
  readonly flavors: readonly string[];
  /** LocalQueue in the team's namespace. */
  readonly queue: string;
  /** WorkloadPriorityClass and PriorityClass. */
  readonly priorityClass: string;
  readonly zone: string | undefined;
  /** One sentence for the reader of a plan. */
  readonly reason: string;
  /** Equal for nodes that are placed alike. */
  readonly key: string;
}

/** Answers where a node goes; answers are kept, since most nodes of a DAG ask the same. */
export class Placements {
  readonly #fit: PoolFit;
  readonly #known = new Map<string, Placement>();
  readonly #submission: Submission;
  readonly #profile: PlatformProfile;
  #last: { readonly node: DagNode; readonly placement: Placement } | undefined;

  constructor(submission: Submission, profile: PlatformProfile) {
    this.#submission = submission;
    this.#profile = profile;
    this.#fit = new PoolFit(profile, profile.teams[submission.team]);
  }

  of(node: DagNode): Placement {
    if (this.#last !== undefined && isPlacedLike(this.#last.node, node)) return this.#last.placement;
    const placement = this.#find(node);
    this.#last = { node, placement };
    return placement;
  }

  #find(node: DagNode): Placement {
    const { resources, gpuSlice, qos, locality } = node;
    const key = `${resources.cpu}/${resources.mem}/${resources.gpu}/${gpuSlice ?? ""}/${qos}/${locality ?? ""}/${moves(node)}`;
    let placement = this.#known.get(key);
    if (placement === undefined) {
      placement = this.#place(node, String(this.#known.size));
      this.#known.set(key, placement);
    }
    return placement;
  }

  /** What the node takes of the team's quota, and what the team can get of each pool it may be in. */
  quotaOf(node: DagNode): { readonly charge: Charge; readonly quota: readonly Reach[] } {
    const { cpu, mem, gpu } = node.resources;
    return {
      charge: chargeOf(runOf(node), { cpuMillis: cpuMillis(cpu), memoryBytes: memoryBytes(mem), gpu }),
      quota: this.#fit.reachable(this.of(node).pools),
    };
  }

  #place(node: DagNode, key: string): Placement {
    const { resources, gpuSlice, qos, locality } = node;
    const { team, priority, params } = this.#submission;
    const candidates = this.#fit.pools({
      cpuMillis: cpuMillis(resources.cpu),
      memoryBytes: memoryBytes(resources.mem),
      gpu: resources.gpu,
      gpuSlice,
      qos,
    });
    const zone = locality === undefined ? undefined : (this.#profile.storage.datasetZones[locality] ?? locality);
    const near = zone === undefined ? candidates : candidates.filter((pool) => pool.zones.includes(zone));
    const { pools, reason } = inOrder(near, node, params.computePool, this.#profile.pools);
    if (pools.length === 0)
      throw new Error(`no pool holds ${resources.cpu} cpu, ${resources.mem}: the submission was not checked`);
    const queue = this.#profile.teams[team]?.queues[pools[0]?.class ?? "cpu"];
    const priorityClass = this.#profile.priorityClasses[priority];
    if (queue === undefined || priorityClass === undefined)
      throw new Error(`a queue of team ${team} for it, or priority ${priority}, is not in the profile`);
    return {
      pools,
      flavors: [...new Set(pools.map((pool) => pool.flavor))],
      queue,
      priorityClass,
      zone,
      reason:
        zone === undefined ? reason : `${reason}; zone ${zone}${zone === locality ? "" : `, where ${locality} is`}`,
      key,
    };
  }
}

/**
 * Spot before on-demand. A preferred pool goes first, and an on-demand one excludes spot; it binds only nodes that fit it, and never
 * overrides `qos`.
 */
function inOrder(
  candidates: readonly Pool[],
  node: DagNode,
  preferred: string | undefined,
  all: readonly Pool[],
): { pools: readonly Pool[]; reason: string } {
  const { qos, gpuSlice } = node;
  const pools = preferredFirst(candidates, preferred);
  const sliced = gpuSlice === undefined ? "" : `slice ${gpuSlice} of a GPU; `;
  const bought =
    qos === "spot_ok"
      ? candidates.some((pool) => pool.capacity === "spot")
        ? `spot_ok: spot while there is quota, then on-demand${moves(node)}`
        : "spot_ok, but no spot pool holds it"
      : `${qos}: never spot`;
  const byQos = `${sliced}${bought}`;
  if (preferred === undefined) return { pools, reason: byQos };
  const pool = candidates.find((each) => each.name === preferred);
  if (pool === undefined) {
    const wanted = all.find((each) => each.name === preferred);
    const why =
      wanted === undefined || wanted.class !== candidates[0]?.class
        ? `pool ${preferred} is not for it (${candidates[0]?.class ?? "no"} work)`
        : wanted.capacity === "spot" && qos !== "spot_ok"
          ? `pool ${preferred} is spot, which ${qos} excludes`
          : `it does not fit pool ${preferred}`;
    return { pools, reason: `${byQos}; ${why}` };
  }
  const fallback = pools.slice(1).map(({ name }) => name);
  return {
    pools,
    reason: `pool ${preferred} as asked${fallback.length > 0 ? `, then ${fallback.join(", ")}` : ""}`,
  };
}

/**
 * Required terms in the labels that Kueue's flavors carry, so that Kueue picks only flavors that are allowed; the pool's own label only
 * when not every pool of those flavors is meant.
 *
 * @param spot stands for spot where on-demand is allowed, too: what says at which attempts it is. Default: at all of them
 */
export function affinityOf(placement: Placement, profile: PlatformProfile, spot: string | ArgoTag = "spot"): Affinity {
  const { pools, zone } = placement;
  const classes = unique(pools.map((pool) => pool.class));
  const capacities = unique(pools.map((pool) => pool.capacity)).sort();
  const both = capacities.length === 2;
  const terms: Requirement[] = [
    { key: CLASS, operator: "In", values: classes },
    { key: CAPACITY, operator: "In", values: both ? ["on-demand", spot] : capacities },
  ];
  const meant = profile.pools.filter((pool) => classes.includes(pool.class) && capacities.includes(pool.capacity));
  if (meant.length !== pools.length)
    terms.push({ key: POOL, operator: "In", values: unique(pools.map((pool) => pool.name)) });
  if (zone !== undefined) terms.push({ key: ZONE, operator: "In", values: [zone] });
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: terms }] },
      ...(both
        ? {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 100, preference: { matchExpressions: [{ key: CAPACITY, operator: "In", values: ["spot"] }] } },
            ],
          }
        : {}),
    },
  };
}

/** For the small pod that leads the others of a custom resource (Ray's head, Spark's driver). */
export const leaderAffinity = (placement: Placement, profile: PlatformProfile, spot: string | ArgoTag): Affinity =>
  affinityOf({ ...placement, pools: leaderPools(placement.pools, profile) }, profile, spot);

export function tolerationsOf({ pools }: Placement): readonly Toleration[] {
  const seen = new Map<string, Toleration>();
  for (const pool of pools) {
    for (const { key, operator, value, effect } of pool.tolerations) {
      const toleration = {
        key,
        operator,
        ...(value === undefined ? {} : { value }),
        ...(effect === undefined ? {} : { effect }),
      };
      seen.set(JSON.stringify(toleration), toleration);
    }
  }
  return [...seen.values()];
}

/** When work that was on spot goes on-demand though there is quota for spot, for the reader of a plan. */
function moves({ kind }: DagNode): string {
  switch (kind) {
    case "python_task":
    case "trino_sql":
    case "materialize_view":
      return "; on-demand when no spot machine comes, and last after losses";
    case "ray_job":
    case "spark_sql":
      return "; on-demand when no spot machine comes";
    // Kueue sees the pods of Flink, and not whose they are; what an author wrote is not changed.
    case "flink_job":
    case "custom_crd":
      return "";
  }
}

/** Nodes without resources of their own share those of the DAG, the same object. */
const isPlacedLike = (a: DagNode, b: DagNode): boolean =>
  a.resources === b.resources &&
  a.gpuSlice === b.gpuSlice &&
  a.qos === b.qos &&
  a.locality === b.locality &&
  moves(a) === moves(b);

const runOf = (node: DagNode): Run =>
  node.kind === "ray_job"
    ? { kind: node.kind, workers: node.workers, grows: node.maxWorkers > node.workers }
    : { kind: node.kind };

/** Labels by which Kueue queues a pod or a custom resource. */
export const queueLabels = (placement: Placement): Labels => ({
  [QUEUE_LABEL]: placement.queue,
  [PRIORITY_LABEL]: placement.priorityClass,
});

/** What Kubernetes calls the GPUs, or slices of GPUs, that a node asks for. */
export const deviceResource = ({ gpuSlice }: DagNode): string =>
  gpuSlice === undefined ? "nvidia.com/gpu" : `nvidia.com/mig-${gpuSlice}`;

/** Memory and devices are guaranteed and capped alike; CPU is guaranteed and may be exceeded where it lies idle. */
export function requirementsOf(node: DagNode): ResourceRequirements {
  const { resources } = node;
  const devices = resources.gpu === 0 ? {} : { [deviceResource(node)]: String(resources.gpu) };
  return {
    requests: { cpu: resources.cpu, memory: resources.mem, ...devices },
    limits: { memory: resources.mem, ...devices },
  };
}

/** Argo's waiter for a custom resource: small, never lost with a spot node, never in a queue. */
export const WAITER_AFFINITY: Affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: CLASS, operator: "In", values: ["cpu", "system"] },
            { key: CAPACITY, operator: "In", values: ["on-demand"] },
          ],
        },
      ],
    },
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, preference: { matchExpressions: [{ key: CLASS, operator: "In", values: ["system"] }] } },
    ],
  },
};

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
