import Table from "cli-table3";
import type { NodeStatus, SubmissionStatus } from "../../service/status/status.ts";
import { paint } from "../terminal.ts";

const STATE_STYLE: Readonly<Record<NodeStatus["state"], Parameters<typeof paint>[0]>> = {
  Waiting: "dim",
  Queued: "yellow",
  Scheduling: "yellow",
  Running: "cyan",
  Succeeded: "green",
  Failed: "red",
  Error: "red",
  Skipped: "dim",
  Kept: "dim",
};

const PHASE_STYLE: Readonly<Record<SubmissionStatus["phase"], Parameters<typeof paint>[0]>> = {
  Accepted: "yellow",
  Pending: "yellow",
  Running: "cyan",
  Succeeded: "green",
  Failed: "red",
  Error: "red",
  Cancelled: "red",
  DeadLettered: "red",
  Vanished: "red",
};

export function stateText(state: NodeStatus["state"], colour: boolean): string {
  return paint(STATE_STYLE[state], state, colour);
}

export function phaseText(phase: SubmissionStatus["phase"], colour: boolean): string {
  return paint(PHASE_STYLE[phase], phase, colour);
}

/** A table without frames: it can be read, piped and cut. */
export function plainTable(head: readonly string[], colour: boolean): Table.Table {
  const none = [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
  ] as const;
  const inner = ["left", "left-mid", "mid", "mid-mid", "right", "right-mid"] as const;
  const chars = Object.fromEntries([...none, ...inner].map((name) => [name, ""]));
  return new Table({
    head: head.map((title) => paint("bold", title, colour)),
    chars: { ...chars, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
  });
}

/** Frameless rows end in padding, which nobody wants in a log. */
export function tableText(table: Table.Table): string {
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

export function runTable(nodes: readonly NodeStatus[], colour: boolean): string {
  const table = plainTable(["NODE", "STATE", "POOL", "QUEUE", "FLAVOR", "QUEUE WAIT", "TIME", "ON"], colour);
  for (const node of nodes) {
    table.push([
      node.node,
      stateText(node.state, colour) + (node.attempt > 1 ? ` (attempt ${node.attempt})` : ""),
      node.pool ?? "-",
      node.queue ?? "-",
      node.flavor ?? "-",
      node.queue_wait_seconds === undefined ? "-" : `${node.queue_wait_seconds}s`,
      duration(node.started_at, node.finished_at),
      node.cluster_node === undefined ? "-" : `${node.cluster_node}${node.simulated ? " (simulated)" : ""}`,
    ]);
  }
  return tableText(table);
}

/** `sub-1: Running, 1 of 3 nodes succeeded, 1 queued`. */
export function runLine(run: SubmissionStatus, colour: boolean): string {
  const count = new Map<NodeStatus["state"], number>();
  for (const node of run.nodes) count.set(node.state, (count.get(node.state) ?? 0) + 1);
  const others = (["Running", "Scheduling", "Queued", "Failed", "Error"] as const)
    .flatMap((state) => (count.has(state) ? [`${count.get(state)} ${state.toLowerCase()}`] : []))
    .map((text) => `, ${text}`);
  const done = `${count.get("Succeeded") ?? 0} of ${run.nodes.length} nodes succeeded`;
  return `${run.submission_id}: ${phaseText(run.phase, colour)}, ${done}${others.join("")}`;
}

/** A line for each node that waits for something or failed, with the reason. */
export function waitingText(nodes: readonly NodeStatus[]): string {
  return nodes
    .flatMap(({ node, reason, queue_position: position }) => {
      if (reason === undefined) return [];
      const before = position === undefined ? "" : `, ${position} before it in its queue`;
      return [`${node}: ${reason}${before}`];
    })
    .join("\n");
}

/** `12s`, `3m04s`; from now on while it goes on. */
export function duration(from: string | undefined, to: string | undefined, now: Date = new Date()): string {
  if (from === undefined) return "-";
  const seconds = Math.max(
    0,
    Math.round(((to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from)) / 1000),
  );
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
