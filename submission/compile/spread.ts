import type { DagNode } from "../spec/index.ts";
import { type Placement, ZONE } from "./placement.ts";
import { workersOf } from "./workers.ts";
import type { Labels, TopologySpreadConstraint } from "./workflow.ts";

const MACHINE = "kubernetes.io/hostname";
/** What of its node a pod is; the pod that leads the others has none, and does not count as one of them. */
const PART_LABEL = "orch.dev/part";

/** How the workers of one node are laid over the machines. */
export interface Spread {
  /** On the workers besides those of all pods: what they are counted by. */
  readonly labels: Labels;
  readonly constraints: readonly TopologySpreadConstraint[];
  /** For the reader of a plan; undefined where there is one worker. */
  readonly reason: string | undefined;
}

const NONE: Spread = { labels: {}, constraints: [], reason: undefined };

/**
 * Workers of one node share its work and are lost together with what they stand on, so they go apart: over zones and over machines, but
 * only as far as there is room, since waiting costs more than standing close. Three things come first:
 *   - GPUs: machines with them are filled one by one, so that whole ones stay free and idle ones go.
 *   - `locality`: within the zone of the dataset there are only machines to spread over.
 *   - nodes of one DAG are not spread from each other: each is retried alone, and the fuller the machines, the fewer are paid for.
 */
export function spreadOf(node: DagNode, { pools, zone }: Placement, submissionId: string): Spread {
  const { most, name } = workersOf(node);
  if (most < 2) return NONE;
  const all = `${most} ${name}`;
  if (node.resources.gpu > 0) return { ...NONE, reason: `${all} packed, not spread: they take GPUs` };
  const zones = new Set(pools.flatMap((pool) => pool.zones));
  const overZones = zone === undefined && zones.size > 1;
  const labels = { [PART_LABEL]: "worker" };
  const matchLabels = { submission_id: submissionId, node_id: node.id, ...labels };
  return {
    labels,
    constraints: (overZones ? [ZONE, MACHINE] : [MACHINE]).map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels },
    })),
    reason: `${all} spread over ${overZones ? "zones and machines" : `machines${zone === undefined ? "" : " of the zone"}`} where there is room`,
  };
}
