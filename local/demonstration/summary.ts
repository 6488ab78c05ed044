import { duration, plainTable, stateText, tableText } from "../../submission/cli/show/run-table.ts";
import { paint, type Terminal } from "../../submission/cli/terminal.ts";
import type { SubmissionStatus } from "../../submission/service/status/status.ts";
import type { PlatformResult, TeamResult } from "../engine/index.ts";

export interface Summary {
  readonly run: SubmissionStatus;
  readonly platform: PlatformResult;
  readonly teams: readonly TeamResult[];
  /** From the command to this summary. */
  readonly seconds: number;
}

/** What happened: resources, each node's way through the queue, and where its outputs are. */
export function showSummary({ run, platform, teams, seconds }: Summary, terminal: Terminal): void {
  const heading = (text: string) => terminal.out(`\n${paint("bold", text, terminal.colour)}`);

  heading(`Platform stack local (${(platform.durationMs / 1000).toFixed(1)} s)`);
  terminal.out(changes(platform));
  for (const team of teams) {
    heading(`Team stack ${team.stack} (${(team.durationMs / 1000).toFixed(1)} s)`);
    terminal.out(
      `${changes(team)}${team.outputs.secrets === "off" ? "; secrets are off: there is no Vault here" : ""}`,
    );
  }

  heading(`DAG bt_xs_bilstm_v1, submission ${run.submission_id}: ${run.phase}`);
  const table = plainTable(
    ["NODE", "STATE", "QUEUE", "FLAVOR", "CLUSTER NODE", "QUEUE WAIT", "STARTED", "TIME"],
    terminal.colour,
  );
  for (const node of run.nodes) {
    table.push([
      node.node,
      stateText(node.state, terminal.colour),
      node.queue ?? "-",
      node.flavor ?? "-",
      node.cluster_node === undefined ? "-" : `${node.cluster_node}${node.simulated ? " (simulated)" : ""}`,
      node.queue_wait_seconds === undefined ? "-" : `${node.queue_wait_seconds}s`,
      node.started_at?.slice(11, 19) ?? "-",
      duration(node.started_at, node.finished_at),
    ]);
  }
  terminal.out(tableText(table));
  for (const node of run.nodes) if (node.reason) terminal.out(`${node.node}: ${node.reason}`);

  heading("Outputs");
  const uris = plainTable(["NODE", "OUT", "URI"], terminal.colour);
  for (const { node, outputs } of run.nodes) for (const { name, uri } of outputs) uris.push([node, name, uri]);
  terminal.out(tableText(uris));
  if (run.nodes.some(({ simulated }) => simulated)) {
    terminal.out("\nSimulated: containers on these nodes ran nothing, so nothing was written to these URIs.");
  }
  terminal.out(`\n${seconds.toFixed(1)} s from command to summary.`);
}

function changes({ changes }: PlatformResult): string {
  const words: Readonly<Record<string, string>> = {
    create: "created",
    update: "updated",
    replace: "replaced",
    delete: "deleted",
    same: "unchanged",
  };
  const parts = Object.entries(changes).map(([operation, count]) => `${count} ${words[operation] ?? operation}`);
  return `${Object.values(changes).reduce((sum, count) => sum + count, 0)} resources: ${parts.join(", ")}`;
}
