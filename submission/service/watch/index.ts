import type { PlatformProfile } from "../../spec/index.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Workflows } from "../kubernetes/workflows.ts";
import type { SubmissionSummary } from "../model.ts";
import { patiently } from "../queue/patience.ts";
import { endMissing, missingRuns } from "./missing.ts";
import { Outlet } from "./outlet.ts";
import { patienceOf, Recorder, type RecorderOptions } from "./recorder.ts";
import type { RunSink } from "./sink.ts";

export { type ElectedWatch, watchElected } from "./elected.ts";
export { RunMetrics } from "./metrics.ts";
export type { Happened, RunSink } from "./sink.ts";

export interface RunWatchOptions extends Omit<RecorderOptions, "audit" | "outlets"> {
  readonly audit: Pick<AuditLog, "append" | "chain" | "events" | "list" | "record" | "untold">;
  readonly sinks: readonly RunSink[];
  readonly workflows: Pick<Workflows, "get" | "watch">;
  /** Whose runs there can be, and where. */
  readonly teams: PlatformProfile["teams"];
}

export interface RunWatch {
  /** Runs that are under way. */
  readonly open: number;
  /** Who is told of them besides, and whether that can be done now. */
  readonly outlets: readonly Pick<Outlet, "name" | "away">[];
  /** Resolves when everything that was there at the start has been seen, and what vanished meanwhile is written. */
  readonly caughtUp: Promise<void>;
  /** Stops watching; what is not written yet is seen again after the next start. */
  close(): Promise<void>;
}

/** Watches every run, and writes and tells what becomes of it. One process at a time: two would only tell everything twice. */
export function watchRuns(options: RunWatchOptions): RunWatch {
  const stopped = new AbortController();
  const outlets = options.sinks.map((sink) => new Outlet({ ...options, sink }));
  const recorder = new Recorder({ ...options, outlets });
  const listed = new Set<string>();
  let catchingUp = true;
  let closing: Promise<void> | undefined;
  const { signal } = stopped;
  const { audit, workflows, teams, now = Date.now } = options;
  const isListed = (id: string) => listed.has(id);
  const problem = (error: unknown) => {
    if (!signal.aborted) options.onProblem?.("runs that vanished could not be closed; it will be tried again", error);
  };
  /** What is seen meanwhile is listed too: its end is the recorder's to write. */
  const close = async () => {
    // Looked for once: whatever vanishes from here on is seen. Only what could not be ended is tried again.
    let left: readonly SubmissionSummary[] | undefined;
    const attempt = async () => {
      const options = { audit, workflows, teams, outlets, isListed, at: now(), signal };
      left ??= await missingRuns(options);
      const failures = await endMissing(left, options);
      left = failures.map(({ run }) => run);
      if (failures[0] !== undefined) throw failures[0].error;
    };
    await patiently(attempt, { ...patienceOf(options, signal), onFailure: problem });
    catchingUp = false;
    listed.clear();
  };
  const caughtUp = new Promise<void>((resolve, reject) => {
    workflows.watch(
      {
        onWorkflow: (workflow) => {
          // A page that was asked for before the stop may come after it.
          if (signal.aborted) return;
          if (catchingUp) listed.add(workflow.metadata.name);
          recorder.seen(workflow);
        },
        onDeleted: (workflow) => {
          if (!signal.aborted) recorder.deleted(workflow);
        },
        onListed: () => {
          if (closing !== undefined || signal.aborted) return;
          closing = close();
          closing.then(resolve, reject);
        },
      },
      signal,
    );
  });
  // It fails by the stop alone.
  caughtUp.catch(() => undefined);
  return {
    get open() {
      return recorder.open;
    },
    outlets,
    caughtUp,
    close: async () => {
      stopped.abort();
      await Promise.all([recorder.close(), closing?.catch(() => undefined)]);
      await Promise.all(outlets.map((outlet) => outlet.close()));
    },
  };
}
