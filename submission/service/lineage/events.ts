import { hash } from "node:crypto";
import type { NodeRun, RunState } from "../status/run-state.ts";
import type { DatasetUse, LineageGraph, LineageNode } from "./graph.ts";
import type { Result } from "./result.ts";

/** Events of the OpenLineage specification 2.0.2. */

const PRODUCER = "https://orch.dev/submission-service";
const SPEC = "https://openlineage.io/spec";
const RUN_EVENT = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;

type Facet = { readonly _producer: string; readonly _schemaURL: string } & Readonly<Record<string, unknown>>;
type Facets = Readonly<Record<string, Facet>>;

export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
}

export interface LineageEvent {
  readonly eventType: "START" | "COMPLETE" | "FAIL" | "ABORT";
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
}

/** By node id; nodes that wrote nothing are left out. */
export type NodeResults = ReadonlyMap<string, Result>;

/**
 * All events of a run so far, in their order. The same state gives the same events, and what is told twice has one run id: whoever
 * keeps lineage takes it once.
 */
export function lineageEvents(graph: LineageGraph, run: RunState, results: NodeResults): readonly LineageEvent[] {
  const states = new Map(run.nodes.map((node) => [node.node, node]));
  const ofNodes = graph.nodes.flatMap((node) => nodeEvents(graph, node, states.get(node.node), run, results));
  const ofRun = submissionEvents(graph, run);
  return [...ofRun, ...ofNodes].sort((a, b) => a.eventTime.localeCompare(b.eventTime));
}

function submissionEvents(graph: LineageGraph, run: RunState): LineageEvent[] {
  const edges = graph.nodes.flatMap(({ node, upstream }) => upstream.map((from) => ({ from, to: node })));
  const event = (eventType: LineageEvent["eventType"], at: number): LineageEvent => ({
    ...envelope(eventType, at),
    run: { runId: runId(run.submissionId), facets: errorFacet(eventType, run.message) },
    job: {
      namespace: graph.team,
      name: graph.pipelineId,
      facets: {
        jobType: jobType("WORKFLOW"),
        orch_dag: facet(`${PRODUCER}/dag`, { nodes: graph.nodes.map(({ node }) => node), edges }),
      },
    },
    inputs: [],
    outputs: [],
  });
  const end = endType(run.phase);
  return [
    ...(run.startedAt === undefined ? [] : [event("START", run.startedAt)]),
    ...(end === undefined ? [] : [event(end, run.finishedAt ?? run.startedAt ?? 0)]),
  ];
}

function nodeEvents(
  graph: LineageGraph,
  node: LineageNode,
  state: NodeRun | undefined,
  run: RunState,
  results: NodeResults,
): LineageEvent[] {
  if (state === undefined || state.startedAt === undefined || state.attempts.length === 0) return [];
  const left = results.get(node.node);
  const result = left !== undefined && "read" in left ? left.read : undefined;
  const event = (eventType: LineageEvent["eventType"], at: number): LineageEvent => {
    const ended = eventType === "COMPLETE";
    return {
      ...envelope(eventType, at),
      run: {
        runId: runId(run.submissionId, node.node),
        facets: {
          parent: facet(`${SPEC}/facets/1-0-1/ParentRunFacet.json#/$defs/ParentRunFacet`, {
            run: { runId: runId(run.submissionId) },
            job: { namespace: graph.team, name: graph.pipelineId },
          }),
          ...errorFacet(eventType, state.message),
          ...(ended && left !== undefined && "unreadable" in left
            ? { orch_result: facet(`${PRODUCER}/result`, { unreadable: left.unreadable }) }
            : {}),
        },
      },
      job: {
        namespace: graph.team,
        name: `${graph.pipelineId}.${node.node}`,
        facets: {
          jobType: jobType(node.kind.toUpperCase()),
          orch_dag: facet(`${PRODUCER}/upstream`, { upstream: node.upstream }),
        },
      },
      inputs: node.inputs.map((use) => dataset(use, result?.inputs?.[use.name], result?.inputs?.[use.name]?.snapshot)),
      outputs: ended
        ? node.outputs.map((use) => dataset(use, result?.outputs?.[use.name], result?.outputs?.[use.name]?.snapshot))
        : [],
    };
  };
  const end = endType(state.state);
  return [
    event("START", state.startedAt),
    ...(end === undefined ? [] : [event(end, state.finishedAt ?? run.finishedAt ?? state.startedAt)]),
  ];
}

function endType(state: RunState["phase"] | NodeRun["state"]): LineageEvent["eventType"] | undefined {
  switch (state) {
    case "Succeeded":
      return "COMPLETE";
    case "Failed":
    case "Error":
      return "FAIL";
    case "Cancelled":
    case "Skipped":
      return "ABORT";
    default:
      return undefined;
  }
}

const envelope = (eventType: LineageEvent["eventType"], at: number) => ({
  eventType,
  eventTime: new Date(at).toISOString(),
  producer: PRODUCER,
  schemaURL: RUN_EVENT,
});

const facet = (schema: string, fields: Readonly<Record<string, unknown>>): Facet => ({
  _producer: PRODUCER,
  _schemaURL: schema,
  ...fields,
});

const jobType = (type: string): Facet =>
  facet(`${SPEC}/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet`, {
    processingType: type === "FLINK_JOB" || type === "MATERIALIZE_VIEW" ? "STREAMING" : "BATCH",
    integration: "ORCH",
    jobType: type,
  });

const errorFacet = (eventType: LineageEvent["eventType"], message: string | undefined): Facets =>
  eventType !== "FAIL" || message === undefined
    ? {}
    : {
        errorMessage: facet(`${SPEC}/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet`, {
          message,
          programmingLanguage: "unknown",
        }),
      };

/** Named as OpenLineage names them: where the store is, and what in it. */
function dataset(use: DatasetUse, known: { sha256?: string } | undefined, version = use.snapshot): LineageDataset {
  const { namespace, name } = datasetName(use.uri);
  const facets: Record<string, Facet> = {};
  if (version !== undefined) {
    facets.version = facet(`${SPEC}/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet`, {
      datasetVersion: version,
    });
  }
  if (known?.sha256 !== undefined) facets.orch_artifact = facet(`${PRODUCER}/artifact`, { sha256: known.sha256 });
  return { namespace, name, ...(Object.keys(facets).length === 0 ? {} : { facets }) };
}

export function datasetName(uri: string): { readonly namespace: string; readonly name: string } {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)\/?(.*)$/i.exec(uri);
  if (parts === null) return { namespace: "unknown", name: uri };
  return { namespace: parts[1] ?? "", name: parts[2] || "/" };
}

/** A UUID of version 8 (the maker's own kind), computed from what it names. */
export function runId(submissionId: string, node = ""): string {
  const hex = hash("sha256", `lineage/${submissionId}/${node}`);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
