import { MANIFEST_DIGEST } from "../../compile/index.ts";
import type { AuditEvent, NewEntry } from "../audit/log.ts";
import type { WorkflowObject } from "../kubernetes/objects.ts";
import { type Attempt, isSettled, type NodeRun, type RunState } from "../status/run-state.ts";

/** Who is named for what a controller did. */
export const ARGO = "argo-workflows";
/** Who is named for what the watch itself did. */
const SERVICE = "orch-watch";

/** Longest message of a failure that is kept, in characters. */
const MESSAGE = 1000;

/**
 * Every row a run's present state amounts to, in the order it happened. Pure and repeatable: the same happening has the same key, however
 * often and from however many states it is told, so that a chain takes it once.
 */
export function entriesOf(run: RunState): readonly NewEntry[] {
  const entries: NewEntry[] = [];
  if (run.startedAt !== undefined) entries.push(entry("running", "running", run.startedAt, {}));
  const happenings = run.nodes.flatMap((node) => nodeEntries(node, run));
  entries.push(...happenings.sort((a, b) => a.at - b.at));
  const end = endOf(run);
  if (end !== undefined) entries.push(end);
  return entries;
}

/** A Workflow that stands there was created, also where whoever created it did not live to say so. */
export function dispatched({ metadata }: WorkflowObject): NewEntry {
  const at = Date.parse(metadata.creationTimestamp);
  const manifest = metadata.annotations[MANIFEST_DIGEST];
  return {
    ...entry("dispatched", "dispatched", at, { workflow: `${metadata.namespace ?? ""}/${metadata.name}` }),
    digests: manifest === undefined ? {} : { manifest },
  };
}

function nodeEntries(node: NodeRun, run: RunState): NewEntry[] {
  const entries = node.attempts.flatMap((attempt) => attemptEntries(node.node, attempt));
  if (isSettled(node.state)) {
    // A node that never had a pod ended when the run did.
    const at = node.finishedAt ?? run.finishedAt ?? 0;
    entries.push(
      entry(`node/${node.node}/${node.state}`, "node", at, {
        node: node.node,
        state: node.state,
        attempts: String(node.attempts.length),
        ...message(node.message, node.state),
      }),
    );
  }
  return entries;
}

function attemptEntries(node: string, attempt: Attempt): NewEntry[] {
  const { number, state, startedAt, finishedAt, lost, clusterNode } = attempt;
  const of = { node, attempt: String(number) };
  const on: Record<string, string> = clusterNode === undefined ? {} : { cluster_node: clusterNode };
  return [
    ...(startedAt === undefined
      ? []
      : [entry(`node/${node}/${number}/Running`, "node", startedAt, { ...of, state: "Running" })]),
    ...(state === "Running"
      ? []
      : [
          entry(`node/${node}/${number}/${state}`, "node", finishedAt ?? startedAt ?? 0, {
            ...of,
            state,
            ...on,
            ...(lost ? { lost: "true" } : {}),
            ...message(attempt.message, state),
          }),
        ]),
  ];
}

const ENDS = {
  Succeeded: "succeeded",
  Failed: "failed",
  Error: "failed",
  Cancelled: "cancelled",
} as const satisfies Partial<Record<RunState["phase"], AuditEvent>>;

/** The last row of a run that is over. */
export function endOf(run: RunState): NewEntry | undefined {
  if (run.phase === "Pending" || run.phase === "Running") return undefined;
  const state = run.phase;
  return entry(END, ENDS[state], run.finishedAt ?? 0, { state, ...message(run.message, state) });
}

/** Whether the last row of a run is among them. */
export const isOver = (entries: readonly NewEntry[]): boolean => entries.some(({ key }) => key === END);

/** Key of a run's last row, whatever it says. */
const END = "end";

/** The Workflow went before its end was seen. */
export const vanished = (at: number): NewEntry => entry(END, "vanished", at, {});

/** It is over and this sink does not know all of it. */
export const untold = (sink: string, at: number): NewEntry => entry(`untold/${sink}`, "untold", at, { sink }, SERVICE);

/** This sink knows all of it after all. */
export const told = (sink: string, at: number): NewEntry => entry(`told/${sink}`, "told", at, { sink }, SERVICE);

const entry = (key: string, event: AuditEvent, at: number, detail: Record<string, string>, actor = ARGO): NewEntry => ({
  key,
  event,
  actor,
  at,
  digests: {},
  detail,
});

const message = (text: string | undefined, state: string): Record<string, string> =>
  text === undefined || state === "Succeeded" ? {} : { message: text.slice(0, MESSAGE) };
