import type { DagNode, Json, JsonObject } from "../spec/index.ts";
import { inContainer, inManifest, LEFT_BRACE } from "./carry.ts";
import { type Context, commonEnv, paramEnv } from "./context.ts";
import { resourceName } from "./names.ts";
import { uriOf } from "./outputs.ts";
import { type Placement, queueLabels, WAITER_AFFINITY } from "./placement.ts";
import { RESOURCE_POD_PATCH } from "./pod-security.ts";
import { resultUri } from "./result.ts";
import { infrastructureRetry, resourceAction, resourceRetry, userRetry } from "./retry.ts";
import { nodeTraceparent } from "./trace.ts";
import { ATTEMPT, type Unit } from "./units.ts";
import type { EnvVar, Labels, Template } from "./workflow.ts";

/** What a node is in the terms of the operator that runs it. */
export interface CustomResource {
  readonly apiVersion: string;
  readonly kind: string;
  /** Everything besides apiVersion, kind and metadata. */
  readonly body: JsonObject;
  /** The author's own, below ours. */
  readonly labels?: Labels;
  readonly annotations?: Labels;
  /** Argo's conditions: in success a comma is AND, in failure OR. */
  readonly successCondition: string;
  readonly failureCondition: string;
  /** Goes when the Workflow goes; false for what runs on (a stream). */
  readonly owned: boolean;
  /** Whether Kueue reads its labels on the custom resource itself. */
  readonly queued: boolean;
}

/**
 * Seconds a waiter waits beyond the node's own timeout. The custom resource may stand in a queue, which is no execution: where its kind
 * can bound its own execution, it does so with the node's timeout; this only ends a wait for something that will never be decided.
 */
export const QUEUE_ALLOWANCE = 7 * 86_400;

/**
 * A node that is a custom resource: Argo makes it and waits for its condition. A waiter that was lost and is retried finds the resource
 * that was made; one that Kueue took away, for want of machines, is made again, and then on-demand.
 */
export function resourceUnit(node: DagNode, resource: CustomResource, placement: Placement, context: Context): Unit {
  const numbered = userRetry(node.retry) !== undefined;
  const manifest = manifestText(node, resource, placement, context, numbered);
  const build = (name: string): Template => {
    const attempts = context.profile.infrastructureAttempts;
    // What Kueue does not take away was deleted by somebody, or by its own operator when it was done.
    const retryStrategy = resource.queued ? resourceRetry(attempts) : infrastructureRetry(attempts);
    return {
      name,
      metadata: { labels: { node_id: node.id } },
      ...(retryStrategy === undefined ? {} : { retryStrategy }),
      activeDeadlineSeconds: node.timeoutSeconds + QUEUE_ALLOWANCE,
      affinity: WAITER_AFFINITY,
      priorityClassName: placement.priorityClass,
      podSpecPatch: RESOURCE_POD_PATCH,
      resource: {
        action: resourceAction(attempts),
        manifest,
        successCondition: resource.successCondition,
        failureCondition: resource.failureCondition,
      },
    };
  };
  return { node, key: `|${node.id}`, names: () => [], slots: [], build, retry: node.retry, numbered };
}

function manifestText(
  node: DagNode,
  { apiVersion, kind, body, labels, annotations, owned, queued }: CustomResource,
  placement: Placement,
  { submission, team, labels: own }: Context,
  numbered: boolean,
): string {
  const name = resourceName(submission.params.submissionId, node.id);
  const field = (key: string, value: Json): string => `${inManifest(key)}:${inManifest(value)}`;
  const metadata = [
    `"name":"${name}${numbered ? `-{{inputs.parameters.${ATTEMPT}}}` : ""}"`,
    field("namespace", team.namespace),
    field("labels", { ...labels, ...own, node_id: node.id, ...(queued ? queueLabels(placement) : {}) }),
    ...(annotations === undefined ? [] : [field("annotations", annotations)]),
    ...(owned ? [`"ownerReferences":[${owner(submission.params.submissionId)}]`] : []),
  ];
  const rest = Object.keys(body).map((key) => field(key, body[key] ?? null));
  return `{${[field("apiVersion", apiVersion), field("kind", kind), `"metadata":{${metadata.join(",")}}`, ...rest].join(",")}}`;
}

/** Argo puts the Workflow's uid in; `setOwnerReference` would open the manifest to substitution (see `carry.ts`). */
const owner = (workflow: string): string =>
  `{"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","name":"${workflow}","uid":"{{workflow.uid}}","controller":true,"blockOwnerDeletion":true}`;

/** The env of a node's pods, for a pod template inside a custom resource: Kubernetes expands there as it does everywhere. */
export function podEnv(node: DagNode, params: JsonObject, context: Context): EnvVar[] {
  const env: EnvVar[] = [
    ...commonEnv(context, ["ORCH_RESULT_URI", resultUri(context, node.id)]),
    { name: "ORCH_NODE_ID", value: node.id },
    { name: "TRACEPARENT", value: nodeTraceparent(context.submission.params.submissionId, node.id) },
    ...paramEnv(params),
  ];
  env.push(...portEnv(node, context));
  for (const name of Object.keys(node.env).sort()) env.push({ name, value: node.env[name] ?? "" });
  return [LEFT_BRACE, ...env.map(({ name, value }) => ({ name, value: inContainer(value) }))];
}

/** `ORCH_IN_<NAME>`, `ORCH_OUT_<NAME>` and `ORCH_SNAPSHOT_<NAME>`, as the user will see them. */
export function portEnv(node: DagNode, context: Context): EnvVar[] {
  const env: EnvVar[] = [];
  for (const { upper, place, snapshot } of context.inputs(node)) {
    env.push({ name: `ORCH_IN_${upper}`, value: uriOf(place) });
    if (snapshot !== undefined) env.push({ name: `ORCH_SNAPSHOT_${upper}`, value: snapshot });
  }
  for (const { upper, place } of context.outputs(node)) env.push({ name: `ORCH_OUT_${upper}`, value: uriOf(place) });
  return env;
}

/** Labels of the pods of a custom resource. */
export const podLabels = (node: DagNode, context: Context): Labels => ({ ...context.labels, node_id: node.id });
