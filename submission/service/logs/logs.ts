import { z } from "zod";

/** One line of a node's log, as it goes over the wire. */
export const logLine = z.strictObject({
  node: z.string().describe("id in the DAG"),
  attempt: z.int().positive().describe("from 1"),
  text: z.string().describe("without its line break"),
  /** What stands in place of a log: nothing ran, or it is gone. */
  notice: z.boolean().optional().describe("said by the service, not by the node: it is simulated, or its log is gone"),
});

export type LogLine = z.infer<typeof logLine>;

export interface LogQuery {
  readonly submissionId: string;
  readonly namespace: string;
  /** Id in the DAG; default: all of them, in the DAG's order, or as lines come when they are followed. */
  readonly node: string | undefined;
  /** Wait for what is still to come, to the submission's end. */
  readonly follow: boolean;
}

/** Where logs come from: pods while they are there, the archive after. Throws `Unavailable` when neither can be asked. */
export interface LogReader {
  /** Ends with the last line, or with the signal. */
  read(query: LogQuery, signal: AbortSignal): AsyncIterable<LogLine>;
}
