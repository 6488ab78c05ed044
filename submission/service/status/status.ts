import { z } from "zod";

/** How a submission is doing, as it goes over the wire (REST and gRPC alike). */

export const NODE_STATES = [
  /** For the nodes before it. */
  "Waiting",
  /** For quota: the reason says what Kueue says. */
  "Queued",
  /** Admitted, for a place on a node. */
  "Scheduling",
  "Running",
  "Succeeded",
  "Failed",
  "Error",
  /** A node before it failed, or the run was cancelled. */
  "Skipped",
  /** Done by the submission this one is a rerun of. */
  "Kept",
] as const;

export const PHASES = [
  /** Durable, not yet created in the cluster. */
  "Accepted",
  /** Created; no node of it has run yet. */
  "Pending",
  "Running",
  "Succeeded",
  "Failed",
  "Error",
  "Cancelled",
  /** The dispatcher gave it up; the message says why. */
  "DeadLettered",
  /** The Workflow was deleted before its end was seen. */
  "Vanished",
] as const;

const time = z.iso.datetime().describe("RFC 3339, UTC");

export const output = z.strictObject({ name: z.string(), uri: z.string() });

export const nodeStatus = z.strictObject({
  node: z.string().describe("id in the DAG"),
  kind: z.string(),
  state: z.enum(NODE_STATES),
  attempt: z.int().nonnegative().describe("of the pod that runs or ran last, from 1; 0: none yet"),
  retries: z.strictObject({
    user: z.int().nonnegative().describe("tries that failed by themselves, counted against max_attempts"),
    infrastructure: z.int().nonnegative().describe("tries that were lost: node gone, eviction, preemption, spot"),
  }),
  reason: z.string().optional().describe("why it waits or failed"),
  pool: z.string().optional(),
  flavor: z.string().optional(),
  queue: z.string().optional(),
  queue_position: z.int().nonnegative().optional().describe("workloads before it in its queue"),
  queue_wait_seconds: z.number().nonnegative().optional(),
  cluster_node: z.string().optional(),
  simulated: z.boolean().optional().describe("its cluster node runs nothing"),
  started_at: time.optional(),
  finished_at: time.optional(),
  outputs: z.array(output),
});

export const submissionStatus = z.strictObject({
  submission_id: z.string(),
  pipeline_id: z.string(),
  team: z.string(),
  env: z.string(),
  phase: z.enum(PHASES),
  finished: z.boolean(),
  message: z.string().optional(),
  accepted_at: time,
  started_at: time.optional(),
  finished_at: time.optional(),
  submitted_by: z.string(),
  rerun_of: z.string().optional(),
  nodes: z.array(nodeStatus),
});

export type NodeStatus = z.infer<typeof nodeStatus>;
export type SubmissionStatus = z.infer<typeof submissionStatus>;

/** Where status comes from: the live Workflow while there is one, the audit log after. */
export interface StatusReader {
  /** Undefined: there is no such submission. */
  status(submissionId: string): Promise<SubmissionStatus | undefined>;
  /** The present status, then each change, until it is finished or the signal aborts. */
  follow(submissionId: string, signal: AbortSignal): AsyncIterable<SubmissionStatus>;
}
