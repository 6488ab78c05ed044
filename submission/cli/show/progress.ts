import type { NodeSnapshot, RunSnapshot } from "../../service/status/snapshot.ts";
import type { Terminal } from "../terminal.ts";
import { runLine, runTable } from "./run-table.ts";

/** Rows of a live table: the rest of a large DAG is in the line above it. */
const LIVE_ROWS = 12;

/**
 * Shows a run while it goes on, on standard error: a live table on a terminal, else one line per change of a node.
 * @returns the last snapshot; undefined when the iteration ended before there was one.
 */
export async function showProgress(
  snapshots: AsyncIterable<RunSnapshot>,
  terminal: Terminal,
): Promise<RunSnapshot | undefined> {
  return terminal.interactive ? await showLive(snapshots, terminal) : await showLines(snapshots, terminal);
}

async function showLines(snapshots: AsyncIterable<RunSnapshot>, terminal: Terminal): Promise<RunSnapshot | undefined> {
  const shown = new Map<string, string>();
  let last: RunSnapshot | undefined;
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
export function changeLine(node: NodeSnapshot): string {
  const parts = [`${node.node} ${node.state}`];
  if (node.attempts > 1) parts.push(`attempt ${node.attempts}`);
  if (node.state === "Queued") parts.push(`queue ${node.queue ?? "unknown"}`);
  if (node.state !== "Queued" && node.state !== "Skipped") {
    if (node.flavor !== undefined) parts.push(`flavor ${node.flavor}`);
    if (node.nodeName !== undefined) parts.push(`on ${node.nodeName}${node.simulated ? " (simulated)" : ""}`);
  }
  if (node.state === "Succeeded" && node.queueWaitSeconds !== undefined)
    parts.push(`waited ${node.queueWaitSeconds}s in queue ${node.queue}`);
  if ((node.state === "Failed" || node.state === "Error") && node.message) parts.push(node.message);
  return parts.join(", ");
}

async function showLive(snapshots: AsyncIterable<RunSnapshot>, terminal: Terminal): Promise<RunSnapshot | undefined> {
  const { Listr } = await import("listr2");
  let last: RunSnapshot | undefined;
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

const URGENCY: Readonly<Record<NodeSnapshot["state"], number>> = {
  Failed: 0,
  Error: 0,
  Running: 1,
  Scheduling: 2,
  Queued: 3,
  Waiting: 4,
  Succeeded: 5,
  Skipped: 6,
};

function mostInteresting(nodes: readonly NodeSnapshot[]): readonly NodeSnapshot[] {
  if (nodes.length <= LIVE_ROWS) return nodes;
  return [...nodes].sort((a, b) => URGENCY[a.state] - URGENCY[b.state]).slice(0, LIVE_ROWS);
}
