import type { Charge, Reach } from "../spec/charge.ts";
import type { Diagnostic, PlatformProfile, Submission } from "../spec/index.ts";
import { containerSetting } from "./container-template.ts";
import { type Context, contextOf } from "./context.ts";
import { COMPILER_VERSION, MANIFEST_DIGEST, recipeDigest, signed } from "./digests.ts";
import { type Forecast, forecastOf, forecastProblem, plainlyFits } from "./forecast.ts";
import { graphOf } from "./graph.ts";
import { unitOf } from "./kinds/index.ts";
import { type Output, runBase, uriOf } from "./outputs.ts";
import { Placements } from "./placement.ts";
import { POD_SECURITY, VOLUMES } from "./pod-security.ts";
import { spreadOf } from "./spread.ts";
import { startProblems } from "./startable.ts";
import { arrange, ENTRYPOINT } from "./tasks.ts";
import { share, type Unit } from "./units.ts";
import type { Labels, Template, Workflow } from "./workflow.ts";

export interface CompileOptions {
  /** Compiles what one object cannot hold, too. Default: false. */
  readonly skipSizeCheck?: boolean;
}

/** Where a node's pods may run and why; `orch plan` shows it. */
export interface NodePlacement {
  readonly node: string;
  /** Pools in the order in which they are tried. */
  readonly pools: readonly string[];
  /** Kueue ResourceFlavors, in the same order. */
  readonly flavors: readonly string[];
  /** LocalQueue. */
  readonly queue: string;
  /** WorkloadPriorityClass and PriorityClass. */
  readonly priority: string;
  readonly reason: string;
  /** What it takes of the team's quota while it is admitted. */
  readonly charge: Charge;
  /** What the team can get of each pool, in the order of `pools`. */
  readonly quota: readonly Reach[];
}

export interface Compiled {
  readonly ok: true;
  readonly workflow: Workflow;
  /** The manifest as one line of JSON, UTF-8; the same bytes for the same input. */
  readonly bytes: Uint8Array;
  /** The same as a text. */
  json(): string;
  readonly digests: {
    /** Over the manifest without the annotation that holds it. */
    readonly manifest: string;
    /** Over what makes the run, without ids and times. */
    readonly recipe: string;
  };
  readonly outputs: readonly Output[];
  readonly forecast: Forecast;
  readonly placements: readonly NodePlacement[];
}

export type CompileResult =
  | Compiled
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly forecast: Forecast };

/**
 * A checked submission as one Argo Workflow. Pure: the same input gives the same bytes.
 *
 * @returns the Workflow, or why neither Kubernetes nor Argo could hold it
 */
export function compile(submission: Submission, profile: PlatformProfile, options: CompileOptions = {}): CompileResult {
  const context = contextOf(submission, profile);
  const placements = new Placements(submission, profile);
  const setting = containerSetting(context);
  const { nodes } = submission.dag;
  const units: Unit[] = nodes.map((node) => unitOf(node, placements.of(node), setting));
  const shared = share(units);
  const graph = graphOf(submission.dag);
  const arranged = arrange(submission.dag, graph, shared.calls);
  const templates: Template[] = [...arranged.templates, ...shared.templates];
  const recipe = recipeDigest(submission, profile, graph);
  const unsigned = workflowOf(context, templates, recipe);
  const { digest: manifest, bytes } = signed(JSON.stringify(unsigned));
  const workflow: Workflow = {
    ...unsigned,
    metadata: { ...unsigned.metadata, annotations: { [MANIFEST_DIGEST]: manifest, ...unsigned.metadata.annotations } },
  };
  const input = {
    submission,
    profile,
    specBytes: bytes.length,
    graph,
    calls: shared.calls,
    arranged,
    templates: shared.templates,
  };
  let known: Forecast | undefined;
  const forecast = (): Forecast => {
    known ??= forecastOf(input);
    return known;
  };
  const tooLong = startProblems(units);
  if (tooLong.length > 0) return { ok: false, diagnostics: tooLong, forecast: forecast() };
  const small = options.skipSizeCheck === true || plainlyFits(input);
  const problem = small ? undefined : forecastProblem(forecast(), nodes.length);
  if (problem !== undefined) return { ok: false, diagnostics: [problem], forecast: forecast() };
  return {
    ok: true,
    workflow,
    json: () => bytes.toString(),
    bytes,
    digests: { manifest, recipe },
    get outputs() {
      return nodes.flatMap((node) =>
        context.outputs(node).map(({ name, place }) => ({ node: node.id, name, uri: uriOf(place) })),
      );
    },
    get forecast() {
      return forecast();
    },
    get placements() {
      return nodes.map((node) => {
        const placement = placements.of(node);
        const { pools, flavors, queue, priorityClass } = placement;
        const spread = spreadOf(node, placement, submission.params.submissionId);
        return {
          node: node.id,
          pools: pools.map(({ name }) => name),
          flavors,
          queue,
          priority: priorityClass,
          reason: spread.reason === undefined ? placement.reason : `${placement.reason}; ${spread.reason}`,
          ...placements.quotaOf(node),
        };
      });
    },
  };
}

const DAY = 86_400;

function workflowOf(context: Context, templates: readonly Template[], recipe: string): Workflow {
  const { submission, profile, team, labels } = context;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: {
      name: submission.params.submissionId,
      namespace: team.namespace,
      labels,
      annotations: annotationsOf(context, recipe),
    },
    spec: {
      entrypoint: ENTRYPOINT,
      serviceAccountName: team.executorServiceAccount,
      archiveLogs: profile.storage.archiveLogs,
      podGC: { strategy: "OnWorkflowSuccess", deleteDelayDuration: "10m" },
      ttlStrategy: { secondsAfterCompletion: submission.params.ttlDays * DAY },
      podMetadata: { labels },
      securityContext: POD_SECURITY,
      volumes: VOLUMES,
      templates,
    },
  };
}

/** Outputs stand at `{outputs}{node_id}/{name}`; those with a place of their own are listed. */
function annotationsOf(context: Context, recipe: string): Labels {
  const { submission, profile } = context;
  return {
    "orch.dev/recipe-digest": recipe,
    "orch.dev/compiler-version": COMPILER_VERSION,
    "orch.dev/outputs": runBase(submission.params.submissionId, profile.storage.uri),
    "orch.dev/outputs-elsewhere": JSON.stringify(context.elsewhere),
  };
}
