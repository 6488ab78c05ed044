import { DEFAULTS } from "../defaults.ts";
import { type Findings, show } from "../findings.ts";
import { keepTopology } from "../graph/known.ts";
import { BOUNDS } from "../limits.ts";
import { isMapping, type LooseDag, type LooseRefs } from "../loose.ts";
import type { Dag, DagNode, Retry } from "../model.ts";
import type { PlatformProfile, Team } from "../profile.ts";
import { PIPELINE_ID } from "../values/names.ts";
import type { DagContext } from "./context.ts";
import { PoolFit } from "./fit.ts";
import { checkGraph } from "./graph.ts";
import { ImageRules } from "./image.ts";
import { checkDuration, checkNode, DEFAULT_RETRY, mergeRetry } from "./node.ts";
import { checkPorts } from "./ports.ts";
import { ResourceRules, reportQuantities } from "./resources.ts";

export interface DagSurroundings {
  readonly profile: PlatformProfile;
  readonly team: Team | undefined;
  readonly refs: LooseRefs;
  /** False when the refs document could not be read: then any input may be one of its names. */
  readonly refsKnown: boolean;
  /** Undefined without runtime parameters. */
  readonly grantedScopes: ReadonlySet<string> | undefined;
  /** `affinity.compute_pool`. */
  readonly computePool: string | undefined;
}

/** Checks everything about a DAG beyond its shape, and normalises it. */
export function checkDag(dag: LooseDag, around: DagSurroundings, findings: Findings): Dag {
  const { profile } = around;
  const nodes = dag.nodes ?? [];
  const edges = dag.edges ?? [];
  if (dag.pipeline_id !== undefined && !PIPELINE_ID.test(dag.pipeline_id)) reportPipelineId(dag.pipeline_id, findings);
  const { retry, maxRuntimeSeconds } = checkSlo(dag, profile, findings);
  const defaults = dag.resources?.default;
  if (defaults !== undefined) reportQuantities(defaults, ["resources", "default"], findings);
  const context: DagContext = {
    findings,
    profile,
    team: around.team,
    fit: new PoolFit(profile, around.team, around.computePool),
    images: new ImageRules(profile.images),
    resources: new ResourceRules(defaults),
    maxRuntimeSeconds,
    retry,
    qos: dag.slo?.qos ?? DEFAULTS.qos,
    grantedScopes: around.grantedScopes,
    zones: new Set(profile.pools.flatMap((pool) => pool.zones)),
  };
  const normal: DagNode[] = [];
  nodes.forEach((node, i) => {
    const checked = checkNode(node, ["nodes", i], context);
    if (checked !== undefined) normal.push(checked);
  });
  const graph = checkGraph(nodes, edges, findings);
  checkPorts(nodes, graph, around.refs, around.refsKnown, findings);
  checkObjectNames(normal, nodes.length, findings);
  const checked: Dag = {
    version: 1,
    pipelineId: dag.pipeline_id ?? "",
    maxRuntimeSeconds,
    priority: dag.slo?.priority ?? DEFAULTS.priority,
    nodes: normal,
    edges: graph.edges,
  };
  // Where anything was left out, something was reported, and nobody compiles it.
  if (normal.length === nodes.length && graph.edges.length === edges.length) keepTopology(checked, graph.topology);
  return checked;
}

function checkSlo(
  dag: LooseDag,
  profile: PlatformProfile,
  findings: Findings,
): { retry: Retry; maxRuntimeSeconds: number } {
  const { limits } = profile;
  const fallback = Math.min(DEFAULTS.maxRuntimeSeconds, limits.maxRuntimeSeconds);
  const text = dag.slo?.max_runtime;
  const seconds =
    text === undefined
      ? fallback
      : checkDuration(
          text,
          ["slo", "max_runtime"],
          "max_runtime",
          limits.maxRuntimeSeconds,
          "the environment's limit",
          findings,
        );
  return {
    retry:
      dag.slo?.retry === undefined
        ? DEFAULT_RETRY
        : mergeRetry(dag.slo.retry, DEFAULT_RETRY, ["slo", "retry"], { findings, profile }),
    // What could not be read bounds nothing: a node's timeout is then held against the environment's limit.
    maxRuntimeSeconds: seconds ?? limits.maxRuntimeSeconds,
  };
}

function reportPipelineId(id: string, findings: Findings): void {
  const guess = id
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[_-]+|[_-]+$/g, "")
    .slice(0, BOUNDS.name);
  findings.add(
    "value/pipeline-id",
    ["pipeline_id"],
    `${show(id)} is no pipeline id; allowed are 2 to ${BOUNDS.name} of a-z, 0-9, _ and -, with a letter or digit at both ends.`,
    { suggestion: PIPELINE_ID.test(guess) ? `Did you mean ${guess}?` : undefined },
  );
}

/** Before anything is done with them: true when there are more nodes or edges than the environment allows. */
export function reportCounts(document: unknown, { limits }: PlatformProfile, findings: Findings): boolean {
  const count = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
  const nodes = isMapping(document) ? count(document.nodes) : 0;
  const edges = isMapping(document) ? count(document.edges) : 0;
  if (nodes > limits.nodes) {
    findings.add(
      "dag/too-many-nodes",
      ["nodes"],
      `There are ${nodes} nodes; this environment allows ${limits.nodes}.`,
      {
        suggestion: "Split the DAG, or give one node the work of many.",
      },
    );
  }
  if (edges > limits.edges) {
    findings.add(
      "dag/too-many-edges",
      ["edges"],
      `There are ${edges} edges; this environment allows ${limits.edges}.`,
      {
        suggestion: "Leave out edges that follow from others.",
      },
    );
  }
  return nodes > limits.nodes || edges > limits.edges;
}

/** Two custom resources of one kind cannot have one fixed name. */
function checkObjectNames(nodes: readonly DagNode[], written: number, findings: Findings): void {
  // With a node of unknown kind left out, indices no longer match: names are checked once the kinds are right.
  if (nodes.length !== written) return;
  const seen = new Map<string, string>();
  nodes.forEach((node, i) => {
    if (node.kind !== "custom_crd") return;
    const metadata = node.manifest.metadata;
    const name = typeof metadata === "object" && metadata !== null && "name" in metadata ? metadata.name : undefined;
    if (typeof name !== "string") return;
    const key = `${node.manifest.apiVersion}/${node.manifest.kind}/${name}`;
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, node.id);
      return;
    }
    findings.add(
      "crd/name",
      ["nodes", i, "params", "manifest", "metadata", "name"],
      `${node.manifest.kind} ${show(name)} is created by ${first} already.`,
      { suggestion: "Leave the name out: the platform chooses one." },
    );
  });
}
