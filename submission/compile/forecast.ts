import type { Code, Diagnostic, PlatformProfile, Submission } from "../spec/index.ts";
import type { Graph } from "./graph.ts";
import { userRetry } from "./retry.ts";
import { sampleStatus } from "./status-sample.ts";
import type { Arranged } from "./tasks.ts";
import { type Call, isShared } from "./units.ts";
import type { Template } from "./workflow.ts";

/** How large the Workflow will be when it has finished, and what Argo will take to digest it. */
export interface Forecast {
  /** Bytes of JSON of the manifest. */
  readonly specBytes: number;
  /** Bytes Argo adds: the state of every node (packed when it has to be) and what stands beside it. */
  readonly statusBytes: number;
  readonly totalBytes: number;
  /** What Argo and the profile allow. */
  readonly limitBytes: number;
  /** Entries in Argo's status: pods, their retries, stretches. */
  readonly statusNodes: number;
  /** The most nodes of this shape that fit. */
  readonly largestDag: number;
  /** Seconds Argo takes to validate it before its first pod, on one core. */
  readonly validationSeconds: number;
}

export interface ForecastInput {
  readonly submission: Submission;
  readonly profile: PlatformProfile;
  readonly specBytes: number;
  readonly graph: Graph;
  readonly calls: readonly Call[];
  readonly arranged: Arranged;
  /** Those that are not the DAG's own. */
  readonly templates: readonly Template[];
}

/** Bytes of a finished Workflow that do not grow with its nodes: conditions, times, Argo's own labels and annotations. */
const FIXED = 2500;
/** Seconds per step of Argo's validation (see `ancestrySquares`), measured with 1,000 and 5,000 nodes. */
const SECONDS_PER_STEP = 8e-9;
/** Longer, and the controller's other workflows wait noticeably: it validates in the worker that would serve them. */
const VALIDATION_LIMIT = 60;

export function forecastOf({
  submission,
  profile,
  specBytes,
  graph,
  calls,
  arranged,
  templates,
}: ForecastInput): Forecast {
  const { nodes } = submission.dag;
  const { submissionId } = submission.params;
  const inner = profile.infrastructureAttempts > 0 ? 2 : 1;
  const counts = nodes.map(({ retry }) => inner + (userRetry(retry) === undefined ? 0 : 2));
  const size = sampleStatus({
    submissionId,
    namespace: profile.teams[submission.team]?.namespace ?? "",
    nodeIds: nodes.map(({ id }) => id),
    calls,
    graph,
    counts,
  });
  // `taskResultsCompletionStatus`, which Argo never packs.
  const beside = FIXED + nodes.length * (submissionId.length + 19);
  const limitBytes = profile.limits.workflowBytes;
  const plain = beside + Math.ceil(size.plain * nodes.length);
  const packed = beside + Math.ceil(size.packed * nodes.length);
  const statusBytes = specBytes + plain <= limitBytes ? plain : packed;
  const fixed = FIXED + sharedBytes(templates);
  const perNode = Math.max(1, (specBytes + packed - fixed) / nodes.length);
  return {
    specBytes,
    statusBytes,
    totalBytes: specBytes + statusBytes,
    limitBytes,
    statusNodes: counts.reduce((sum, count) => sum + count, arranged.templates.length),
    largestDag: Math.max(0, Math.floor((limitBytes - fixed) / perNode)),
    validationSeconds: arranged.validationSteps * SECONDS_PER_STEP,
  };
}

/** Bytes of one entry of Argo's state at most, without its inputs; measured are up to 1,300. */
const LARGEST_ENTRY = 4_096;

/**
 * Whether there can be no problem, without packing a sample of the state: most DAGs are far from any limit. Never true for one that
 * `forecastProblem` would refuse: each entry repeats of the manifest at most all of a node's arguments.
 */
export function plainlyFits({ submission, profile, specBytes, arranged }: Omit<ForecastInput, "graph">): boolean {
  const entriesOfNode = profile.infrastructureAttempts > 0 ? 4 : 3;
  const entries = submission.dag.nodes.length * entriesOfNode + arranged.templates.length;
  const most = specBytes * (1 + entriesOfNode) + entries * LARGEST_ENTRY + FIXED + submission.dag.nodes.length * 128;
  return most <= profile.limits.workflowBytes && arranged.validationSteps * SECONDS_PER_STEP <= VALIDATION_LIMIT;
}

/** Bytes of what stays when nodes are added: the templates that several nodes share, and the Workflow around them. */
const sharedBytes = (templates: readonly Template[]): number =>
  JSON.stringify(templates.filter(({ name }) => isShared(name))).length + 2500;

/** Why Argo could not hold or would not digest the Workflow; undefined when it can. */
export function forecastProblem(forecast: Forecast, nodes: number): Diagnostic | undefined {
  const { specBytes, statusBytes, totalBytes, limitBytes, largestDag, validationSeconds } = forecast;
  if (totalBytes > limitBytes) {
    return problem(
      "compile/too-large",
      `When it has finished, the Workflow of these ${nodes} nodes would have ${kib(totalBytes)}: ${kib(specBytes)} of manifest and ${kib(statusBytes)} of state, packed. Argo holds ${kib(limitBytes)}.`,
      `About ${largestDag} nodes of this shape fit. Shorter ids and output names, fewer env values that differ from node to node, and max_attempts: 1 make room; or split the DAG and pass what lies between by refs.`,
    );
  }
  if (validationSeconds > VALIDATION_LIMIT) {
    return problem(
      "compile/too-entangled",
      `Argo would validate this DAG of ${nodes} nodes for about ${Math.round(validationSeconds)} seconds before its first pod, because each node has so many ancestors; ${VALIDATION_LIMIT} seconds are allowed.`,
      "Put a barrier every few hundred nodes (one node that all before it lead to, and all after it come from), or split the DAG and pass what lies between by refs.",
    );
  }
  return undefined;
}

const problem = (code: Code, message: string, suggestion: string): Diagnostic => ({
  code,
  severity: "error",
  message,
  path: "nodes",
  line: 1,
  column: 1,
  suggestion,
  source: "",
});

const kib = (bytes: number): string => `${Math.ceil(bytes / 1024).toLocaleString("en")} KiB`;
