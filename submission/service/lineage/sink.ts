import type { PlatformProfile } from "../../spec/index.ts";
import type { AuditLog } from "../audit/log.ts";
import type { SubmissionRecord } from "../model.ts";
import { backgroundOf } from "../status/facts.ts";
import type { RunState } from "../status/run-state.ts";
import { Unavailable } from "../unavailable.ts";
import { isRefusal } from "../watch/refused.ts";
import type { Happened, RunSink } from "../watch/sink.ts";
import { type LineageEvent, lineageEvents, runId } from "./events.ts";
import { lineageGraph } from "./graph.ts";
import type { ReadResult, Result } from "./result.ts";

export interface LineageSinkOptions {
  /** Of the OpenLineage API, e.g. `http://marquez.monitoring.svc:5000`. */
  readonly url: string;
  readonly profile: PlatformProfile;
  readonly audit: Pick<AuditLog, "record">;
  readonly readResult: ReadResult;
  /** Milliseconds a request may take. Default: 5000. */
  readonly timeoutMillis?: number;
  /** What the API will never take. */
  readonly onProblem?: (problem: string, error: unknown) => void;
}

/** Hands events of runs over; a repeat after a restart carries the same run id. */
export class LineageSink implements RunSink {
  readonly name = "lineage";
  readonly #options: LineageSinkOptions;

  constructor(options: LineageSinkOptions) {
    this.#options = options;
  }

  async tell({ record, run, told }: Happened): Promise<void> {
    const { audit, profile, readResult } = this.#options;
    const submission = await record();
    const background = await backgroundOf(run.submissionId, audit, profile);
    if (background === undefined) return;
    const graph = lineageGraph(background);
    // A run is looked at often: what a node wrote is read for the event that tells of it, and not again.
    const untold = (node: string) => !told.has(keyOf(runId(run.submissionId, node), "COMPLETE"));
    const { results, unknown } = await resultsOf(submission, run, readResult, untold);
    for (const event of lineageEvents(graph, run, results)) {
      const key = keyOf(event.run.runId, event.eventType);
      if (told.has(key)) continue;
      // What comes before it is told all the same.
      if (unknown.has(key)) throw unknown.get(key);
      await this.#post(event);
      told.add(key);
    }
  }

  async #post(event: LineageEvent): Promise<void> {
    const { url, onProblem } = this.#options;
    const status = await this.#answer(event);
    if (status < 300) return;
    const problem = `${url} answered ${status} to a lineage event`;
    if (!isRefusal(status)) throw new Unavailable("lineage", problem);
    onProblem?.(
      `${event.job.name}, run ${event.run.runId}: ${event.eventType} will never be taken`,
      new Error(problem),
    );
  }

  /** @returns the status of HTTP */
  async #answer(event: LineageEvent): Promise<number> {
    const { url, timeoutMillis = 5000 } = this.#options;
    try {
      const answer = await fetch(new URL("/api/v1/lineage", url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(event),
        signal: AbortSignal.timeout(timeoutMillis),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch (cause) {
      throw new Unavailable("lineage", `${url} does not answer (${reasonOf(cause)})`, { cause });
    }
  }
}

/** What the connection failed of stands below what `fetch` says. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

const keyOf = (run: string, type: LineageEvent["eventType"]): string => `${run}/${type}`;

/** Results of the nodes that are done and wanted, and why those that cannot be known now are not, by the event that waits for them. */
async function resultsOf(
  record: SubmissionRecord,
  run: RunState,
  readResult: ReadResult,
  wanted: (node: string) => boolean,
): Promise<{ readonly results: ReadonlyMap<string, Result>; readonly unknown: ReadonlyMap<string, unknown> }> {
  const results = new Map<string, Result>();
  const unknown = new Map<string, unknown>();
  const done = run.nodes.filter(({ node, state }) => state === "Succeeded" && wanted(node));
  const read = done.map(async ({ node }) => {
    try {
      const result = await readResult(record, node);
      if (result !== undefined) results.set(node, result);
    } catch (error) {
      unknown.set(keyOf(runId(run.submissionId, node), "COMPLETE"), error);
    }
  });
  await Promise.all(read);
  return { results, unknown };
}
