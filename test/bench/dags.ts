/**
 * The bench's shape: layers of equal width; each node reads what the node above it wrote, every second one its right neighbour's
 * too. Two images, one small environment variable and a tiny request per node, so that pods fit the simulated pools.
 */
export interface LayeredDag {
  readonly nodes: number;
  readonly layers: number;
  /** Default `bench`. */
  readonly pipelineId?: string;
}

export interface DagSpec {
  readonly version: 1;
  readonly pipeline_id: string;
  readonly slo: { readonly max_runtime: string };
  readonly resources: { readonly default: { readonly cpu: string; readonly mem: string } };
  readonly nodes: readonly NodeSpec[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface NodeSpec {
  readonly id: string;
  readonly kind: "python_task";
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ins?: readonly string[];
  readonly outs: readonly string[];
}

const IMAGES = ["ghcr.io/archetype/feature-kit:0.3.2", "ghcr.io/archetype/trainers:0.8.1"] as const;

/** The same arguments give the same DAG, byte for byte. The last layer takes what does not divide evenly. */
export function layeredDag({ nodes, layers, pipelineId = "bench" }: LayeredDag): DagSpec {
  const width = Math.max(1, Math.floor(nodes / layers));
  const id = (index: number) => `n${index}`;
  const specs: NodeSpec[] = [];
  const edges: { from: string; to: string }[] = [];
  for (let index = 0; index < nodes; index++) {
    const layer = Math.min(Math.floor(index / width), layers - 1);
    const column = index - layer * width;
    const above = parents(layer, column, width).map((parent) => id(parent));
    for (const from of above) edges.push({ from, to: id(index) });
    specs.push({
      id: id(index),
      kind: "python_task",
      image: IMAGES[index % IMAGES.length] ?? IMAGES[0],
      env: { SHARD: String(index) },
      ...(above.length > 0 && { ins: above.map((parent) => `out_${parent}`) }),
      outs: [`out_${id(index)}`],
    });
  }
  return {
    version: 1,
    pipeline_id: pipelineId,
    slo: { max_runtime: "2h" },
    resources: { default: { cpu: "100m", mem: "64Mi" } },
    nodes: specs,
    edges,
  };
}

function parents(layer: number, column: number, width: number): number[] {
  if (layer === 0) return [];
  const above = (layer - 1) * width;
  const first = above + (column % width);
  const neighbour = above + ((column + 1) % width);
  return column % 2 === 0 && neighbour !== first ? [first, neighbour] : [first];
}

/** Runtime parameters for a bench run. */
export function benchParams(submissionId: string): Record<string, unknown> {
  return {
    submission_id: submissionId,
    env: "staging",
    labels: { project: "bench", owner: "research" },
    secrets_scope: [],
    priority: "normal",
    affinity: { compute_pool: "cpu" },
    ttl_days: 1,
  };
}
