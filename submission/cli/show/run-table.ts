import Table from "cli-table3";
import type { NodeSnapshot, NodeState, RunPhase, RunSnapshot } from "../../service/status/snapshot.ts";
import { paint } from "../terminal.ts";

const STATE_STYLE: Readonly<Record<NodeState, Parameters<typeof paint>[0]>> = {
  Waiting: "dim",
  Queued: "yellow",
  Scheduling: "yellow",
  Running: "cyan",
  Succeeded: "green",
  Failed: "red",
  Error: "red",
  Skipped: "dim",
};

const PHASE_STYLE: Readonly<Record<RunPhase, Parameters<typeof paint>[0]>> = {
  Pending: "yellow",
  Running: "cyan",
  Succeeded: "green",
  Failed: "red",
  Error: "red",
  Deleted: "red",
};

export function stateText(state: NodeState, colour: boolean): string {
  return paint(STATE_STYLE[state], state, colour);
}

export function phaseText(phase: RunPhase, colour: boolean): string {
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

export function runTable(nodes: readonly NodeSnapshot[], colour: boolean): string {
  const table = plainTable(["NODE", "STATE", "POOL", "QUEUE", "FLAVOR", "QUEUE WAIT", "TIME", "ON"], colour);
  for (const node of nodes) {
    table.push([
      node.node,
      stateText(node.state, colour) + (node.attempts > 1 ? ` (attempt ${node.attempts})` : ""),
      node.pool ?? "-",
      node.queue ?? "-",
      node.flavor ?? "-",
      node.queueWaitSeconds === undefined ? "-" : `${node.queueWaitSeconds}s`,
      duration(node.startedAt, node.finishedAt),
      node.nodeName === undefined ? "-" : `${node.nodeName}${node.simulated ? " (simulated)" : ""}`,
    ]);
  }
  return tableText(table);
}

/** `sub-1: Running, 1 of 3 nodes succeeded, 1 queued`. */
export function runLine(run: RunSnapshot, colour: boolean): string {
  const count = new Map<NodeState, number>();
  for (const node of run.nodes) count.set(node.state, (count.get(node.state) ?? 0) + 1);
  const others = (["Running", "Scheduling", "Queued", "Failed", "Error"] as const)
    .flatMap((state) => (count.has(state) ? [`${count.get(state)} ${state.toLowerCase()}`] : []))
    .map((text) => `, ${text}`);
  const done = `${count.get("Succeeded") ?? 0} of ${run.nodes.length} nodes succeeded`;
  return `${run.submissionId}: ${phaseText(run.phase, colour)}, ${done}${others.join("")}`;
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
