import type { PlatformProfile } from "../../spec/index.ts";
import type { NodeResult } from "../../spec/result.ts";
import type { AuditLog } from "../audit/log.ts";
import type { SubmissionRecord } from "../model.ts";
import { backgroundOf } from "../status/facts.ts";
import type { RunState } from "../status/run-state.ts";
import { isOver } from "../watch/entries.ts";
import type { Happened, RunSink } from "../watch/recorder.ts";
import { type LineageEvent, lineageEvents, runId } from "./events.ts";
import { lineageGraph } from "./graph.ts";

/** Reads what a node wrote to its result path; undefined: it wrote none. Throws when that cannot be known now. */
export type ReadResult = (record: SubmissionRecord, node: string) => Promise<NodeResult | undefined>;

export interface LineageSinkOptions {
  /** Of the OpenLineage API, e.g. `http://marquez.monitoring.svc:5000`. */
  readonly url: string;
  readonly profile: PlatformProfile;
  readonly audit: Pick<AuditLog, "record">;
  readonly readResult: ReadResult;
  /** Milliseconds a request may take. Default: 5000. */
  readonly timeoutMillis?: number;
}

/** Hands each event of a run over once per life of this process; a repeat after a restart carries the same run id. */
export class LineageSink implements RunSink {
  readonly #options: LineageSinkOptions;
  /** Submission -> events handed over. */
  readonly #told = new Map<string, Set<string>>();

  constructor(options: LineageSinkOptions) {
    this.#options = options;
  }

  async tell({ record, run, entries }: Happened): Promise<void> {
    const { audit, profile, readResult } = this.#options;
    const submission = await record();
    const background = await backgroundOf(run.submissionId, audit, profile);
    if (background === undefined) return;
    const graph = lineageGraph(background);
    const told = this.#told.get(run.submissionId) ?? new Set();
    this.#told.set(run.submissionId, told);
    // A run is looked at often: what a node wrote is read for the event that tells of it, and not again.
    const untold = (node: string) => !told.has(keyOf(runId(run.submissionId, node), "COMPLETE"));
    for (const event of lineageEvents(graph, run, await resultsOf(submission, run, readResult, untold))) {
      const key = keyOf(event.run.runId, event.eventType);
      if (told.has(key)) continue;
      await this.#post(event);
      told.add(key);
    }
    if (isOver(entries)) this.#told.delete(run.submissionId);
  }

  async #post(event: LineageEvent): Promise<void> {
    const { url, timeoutMillis = 5000 } = this.#options;
    const answer = await fetch(new URL("/api/v1/lineage", url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(timeoutMillis),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${url} answered ${answer.status} to a lineage event`);
  }
}

const keyOf = (run: string, type: LineageEvent["eventType"]): string => `${run}/${type}`;

/** Results of the nodes that are done and wanted. */
export async function resultsOf(
  record: SubmissionRecord,
  run: RunState,
  readResult: ReadResult,
  wanted: (node: string) => boolean,
): Promise<ReadonlyMap<string, NodeResult>> {
  const done = run.nodes.filter(({ node, state }) => state === "Succeeded" && wanted(node));
  const read = await Promise.all(done.map(async ({ node }) => [node, await readResult(record, node)] as const));
  return new Map(read.flatMap(([node, result]) => (result === undefined ? [] : [[node, result]])));
}
