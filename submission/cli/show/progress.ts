import type { NodeStatus, SubmissionStatus } from "../../service/status/status.ts";
import type { Terminal } from "../terminal.ts";
import { runLine, runTable } from "./run-table.ts";

/** Rows of a live table: the rest of a large DAG is in the line above it. */
const LIVE_ROWS = 12;

/**
 * Shows a run while it goes on, on standard error: a live table on a terminal, else one line per change of a node.
 * @returns the last snapshot; undefined when the iteration ended before there was one.
 */
export async function showProgress(
  snapshots: AsyncIterable<SubmissionStatus>,
  terminal: Terminal,
): Promise<SubmissionStatus | undefined> {
  return terminal.interactive ? await showLive(snapshots, terminal) : await showLines(snapshots, terminal);
}

async function showLines(
  snapshots: AsyncIterable<SubmissionStatus>,
  terminal: Terminal,
): Promise<SubmissionStatus | undefined> {
  const shown = new Map<string, string>();
  let last: SubmissionStatus | undefined;
  for await (const run of snapshots) {
    for (const node of run.nodes) {
      const line = changeLine(node);
      if (node.state === "Waiting" || shown.get(node.node) === line) continue;
      shown.set(node.node, line);
      terminal.note(line);
    }
    last = run;
  }
  return last;
}

/** `train_model Queued, queue gpu`; without what changes by the second. */
export function changeLine(node: NodeStatus): string {
  const parts = [`${node.node} ${node.state}`];
  if (node.attempt > 1) parts.push(`attempt ${node.attempt}`);
  if (node.state === "Queued") parts.push(`queue ${node.queue ?? "unknown"}`);
  if (node.state !== "Queued" && node.state !== "Skipped" && node.state !== "Kept") {
    if (node.flavor !== undefined) parts.push(`flavor ${node.flavor}`);
    if (node.cluster_node !== undefined) parts.push(`on ${node.cluster_node}${node.simulated ? " (simulated)" : ""}`);
  }
  if (node.state === "Succeeded" && node.queue_wait_seconds !== undefined)
    parts.push(`waited ${node.queue_wait_seconds}s in queue ${node.queue}`);
  if ((node.state === "Failed" || node.state === "Error") && node.reason) parts.push(node.reason);
  return parts.join(", ");
}

async function showLive(
  snapshots: AsyncIterable<SubmissionStatus>,
  terminal: Terminal,
): Promise<SubmissionStatus | undefined> {
  const { Listr } = await import("listr2");
  let last: SubmissionStatus | undefined;
  const list = new Listr(
    [
      {
        title: "waiting for the run",
        task: async (_, task) => {
          for await (const run of snapshots) {
            last = run;
            task.title = runLine(run, terminal.colour);
            task.output = runTable(mostInteresting(run.nodes), terminal.colour);
          }
        },
        rendererOptions: { outputBar: LIVE_ROWS + 1, persistentOutput: false },
      },
    ],
    { registerSignalListeners: false, rendererOptions: { formatOutput: "truncate" } },
  );
  await list.run();
  return last;
}

const URGENCY: Readonly<Record<NodeStatus["state"], number>> = {
  Failed: 0,
  Error: 0,
  Running: 1,
  Scheduling: 2,
  Queued: 3,
  Waiting: 4,
  Succeeded: 5,
  Skipped: 6,
  Kept: 6,
};

function mostInteresting(nodes: readonly NodeStatus[]): readonly NodeStatus[] {
  if (nodes.length <= LIVE_ROWS) return nodes;
  return [...nodes].sort((a, b) => URGENCY[a.state] - URGENCY[b.state]).slice(0, LIVE_ROWS);
}
