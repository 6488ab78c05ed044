import { z } from "zod";

/** What a submission read and wrote, as it goes over the wire; the names are OpenLineage's. */

export const dataset = z.strictObject({
  name: z.string().describe("of the input or output"),
  uri: z.string(),
  version: z.string().optional().describe("snapshot or digest, where it is known"),
  submission_id: z.string().optional().describe("of the submission that wrote it, where that is another"),
});

export const lineageRun = z.strictObject({
  node: z.string().describe("id in the DAG"),
  run_id: z.uuid().describe("OpenLineage's; the same each time it is asked for"),
  job: z.string().describe("OpenLineage's, {pipeline}.{node}"),
  state: z.string().describe("START, RUNNING, COMPLETE, FAIL, ABORT, or none yet: WAITING"),
  inputs: z.array(dataset),
  outputs: z.array(dataset),
});

export const submissionLineage = z.strictObject({
  submission_id: z.string(),
  pipeline_id: z.string(),
  run_id: z.uuid().describe("of the whole submission: the parent of all others"),
  runs: z.array(lineageRun),
  edges: z.array(z.strictObject({ from: z.string(), to: z.string() })).describe("the DAG's own"),
});

export type SubmissionLineage = z.infer<typeof submissionLineage>;

/** Throws `Unavailable` when what it is read from cannot be asked. */
export interface LineageReader {
  /** Undefined: there is no such submission. */
  lineage(submissionId: string): Promise<SubmissionLineage | undefined>;
}
