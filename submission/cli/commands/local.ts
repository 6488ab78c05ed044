import type { EnvironmentStatus } from "../../../local/cluster/index.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { stateFolder } from "../run/connect.ts";
import { plainTable, tableText } from "../show/run-table.ts";
import { paint, type Terminal } from "../terminal.ts";

export interface LocalOptions {
  /** Default `local`. */
  readonly name?: string;
  /** Default `<checkout>/.orch/<name>`. */
  readonly state?: string;
  readonly json?: boolean;
}

/** Leaves the environment running when all of it is ready, and nothing of it otherwise. */
export async function start(options: LocalOptions, terminal: Terminal): Promise<ExitCode> {
  const stateDir = stateFolder(options);
  const { environmentStatus } = await import("../../../local/cluster/index.ts");
  const running = environmentStatus(stateDir);
  if (running.state === "running") {
    terminal.out(`the environment in ${stateDir} runs already, at ${running.server}`);
    return EXIT.fine;
  }
  const step = (text: string) => terminal.note(`${paint("dim", "-", terminal.noteColour)} ${text}`);
  const { bringUp } = await import("../../../local/index.ts");
  const { environment, platform, teams } = await bringUp({
    stateDir,
    lifetime: "detached",
    onStage: step,
    onEnvironment: (event) => {
      if (event.kind === "step") step(`  ${event.message}`);
    },
  });
  terminal.out(
    `the environment runs in ${stateDir}, at ${environment.server}; platform stack local: ${changesText(platform.changes)}`,
  );
  for (const { stack, changes } of teams) terminal.out(`team stack ${stack}: ${changesText(changes)}`);
  terminal.out(`kubeconfig: ${environment.kubeconfig}`);
  terminal.out("submit to it with `orch submit DAG --params FILE --wait`, end it with `orch local stop`");
  return EXIT.fine;
}

function changesText(changes: Readonly<Record<string, number>>): string {
  const parts = Object.entries(changes).map(([operation, count]) => `${count} ${operation}`);
  return parts.length > 0 ? parts.join(", ") : "no resources";
}

export async function stop(options: LocalOptions, terminal: Terminal): Promise<ExitCode> {
  const stateDir = stateFolder(options);
  const { environmentStatus, stopEnvironment } = await import("../../../local/cluster/index.ts");
  const before = environmentStatus(stateDir);
  await stopEnvironment(stateDir);
  terminal.out(
    before.state === "absent"
      ? `nothing runs in ${stateDir}`
      : `stopped the environment in ${stateDir}; its state is kept`,
  );
  return EXIT.fine;
}

export async function reset(options: LocalOptions, terminal: Terminal): Promise<ExitCode> {
  const stateDir = stateFolder(options);
  const { resetEnvironment } = await import("../../../local/cluster/index.ts");
  await resetEnvironment(stateDir);
  terminal.out(`stopped and removed the environment in ${stateDir}`);
  return EXIT.fine;
}

/** Exit code 2 unless every process is as it should be, so that a script can wait for it. */
export async function status(options: LocalOptions, terminal: Terminal): Promise<ExitCode> {
  const { environmentStatus } = await import("../../../local/cluster/index.ts");
  const found = environmentStatus(stateFolder(options));
  if (options.json) terminal.out(JSON.stringify(found, null, 2));
  else showStatus(found, terminal);
  return found.state === "running" ? EXIT.fine : EXIT.environment;
}

function showStatus(found: EnvironmentStatus, terminal: Terminal): void {
  const style = found.state === "running" ? "green" : "yellow";
  terminal.out(
    `${found.stateDir}: ${paint(style, found.state, terminal.colour)}${found.server ? `, ${found.server}` : ""}`,
  );
  if (found.state === "absent") {
    terminal.out("start it with `orch local start`");
    return;
  }
  if (found.kubeconfig) terminal.out(`kubeconfig: ${found.kubeconfig}`);
  const table = plainTable(["PROCESS", "STATE", "PID", "PORT", "LOG"], terminal.colour);
  for (const { name, state, pid, port, log, waitingFor } of found.processes) {
    table.push([name, waitingFor ? `${state} for ${waitingFor}` : state, pid ?? "-", port ?? "-", log]);
  }
  terminal.out(tableText(table));
  for (const { failure } of found.processes) {
    if (failure)
      terminal.note(
        [`${failure.process} ended: ${failure.reason}`, ...failure.lastLines.map((line) => `  ${line}`)].join("\n"),
      );
  }
}
