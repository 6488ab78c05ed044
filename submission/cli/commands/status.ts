import { follow } from "../../service/status/follow.ts";
import type { RunSnapshot } from "../../service/status/snapshot.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { locateRun, type RunOptions, type RunPlace } from "../run/run-command.ts";
import { showProgress } from "../show/progress.ts";
import { runLine, runTable } from "../show/run-table.ts";
import type { Terminal } from "../terminal.ts";

export async function status(
  submissionId: string,
  options: RunOptions & { readonly watch?: boolean; readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const place = await locateRun(submissionId, options);
  const run = options.watch ? await showProgress(followRun(place), terminal) : await firstOf(followRun(place));
  if (run === undefined) return EXIT.environment;
  showRun(run, options.json === true, terminal);
  return options.watch ? exitOf(run) : EXIT.fine;
}

export function followRun(
  { cluster, profile, namespace, submissionId }: RunPlace,
  signal?: AbortSignal,
): AsyncIterable<RunSnapshot> {
  return follow({
    kubeConfig: cluster.kubeConfig,
    namespace,
    submissionId,
    profile,
    cluster: cluster.description,
    signal,
  });
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

export function showRun(run: RunSnapshot, json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.out(JSON.stringify(run, null, 2));
    return;
  }
  terminal.out(runLine(run, terminal.colour));
  if (run.message) terminal.out(run.message);
  terminal.out(runTable(run.nodes, terminal.colour));
}

export function exitOf(run: RunSnapshot): ExitCode {
  return run.phase === "Succeeded" ? EXIT.fine : EXIT.runFailed;
}
