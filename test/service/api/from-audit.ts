import type { AuditEntry, AuditEvent, AuditLog } from "../../../submission/service/audit/index.ts";
import type { LineageReader } from "../../../submission/service/lineage/lineage.ts";
import type { LogReader } from "../../../submission/service/logs/logs.ts";
import type { SubmissionRecord } from "../../../submission/service/model.ts";
import {
  NODE_STATES,
  type NodeStatus,
  type StatusReader,
  type SubmissionStatus,
} from "../../../submission/service/status/status.ts";
import { check, localProfile } from "../../../submission/spec/index.ts";

/** What the readers of a real cluster would tell, by the audit log's rows alone. */

export function statusFromAudit(audit: AuditLog): StatusReader {
  const status = async (id: string): Promise<SubmissionStatus | undefined> => {
    const record = await audit.record(id);
    return record === undefined ? undefined : statusOf(record, await audit.chain(id));
  };
  return {
    status,
    async *follow(id, signal) {
      let last = "";
      while (!signal.aborted) {
        const now = await status(id);
        if (now === undefined) return;
        if (JSON.stringify(now) !== last) yield now;
        last = JSON.stringify(now);
        if (now.finished) return;
        await new Promise(setImmediate);
      }
    },
  };
}

const PHASE: Partial<Record<AuditEvent, SubmissionStatus["phase"]>> = {
  accepted: "Accepted",
  dispatched: "Pending",
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  dead_lettered: "DeadLettered",
  vanished: "Vanished",
};
const FINISHED = ["Succeeded", "Failed", "Cancelled", "DeadLettered", "Vanished"];

function statusOf(record: SubmissionRecord, chain: readonly AuditEntry[]): SubmissionStatus {
  let phase: SubmissionStatus["phase"] = "Accepted";
  for (const { event } of chain) phase = PHASE[event] ?? phase;
  const { dag, params, refs } = record.documents;
  const checked = check({
    dag: { text: dag, source: "dag_spec" },
    params: { text: params, source: "runtime_params" },
    refs: refs === undefined ? undefined : { text: refs, source: "refs" },
    profile: localProfile(),
    team: record.team,
  });
  const nodes = checked.ok ? checked.submission.dag.nodes : [];
  return {
    submission_id: record.submissionId,
    pipeline_id: record.pipelineId,
    team: record.team,
    env: record.env,
    phase,
    finished: FINISHED.includes(phase),
    accepted_at: new Date(record.acceptedAt).toISOString(),
    submitted_by: record.actor,
    ...(record.rerunOf === undefined ? {} : { rerun_of: record.rerunOf.submissionId }),
    nodes: nodes.map(({ id, kind }) => ({
      node: id,
      kind,
      state: stateOf(id, record, chain),
      attempt: 0,
      retries: { user: 0, infrastructure: 0 },
      outputs: [],
    })),
  };
}

function stateOf(node: string, record: SubmissionRecord, chain: readonly AuditEntry[]): NodeStatus["state"] {
  if (record.rerunOf?.kept.includes(node)) return "Kept";
  const said = chain.findLast(({ event, detail }) => event === "node" && detail.node === node)?.detail.state;
  return NODE_STATES.find((state) => state === said) ?? "Waiting";
}

export const logsFromAudit = (): LogReader => ({
  async *read({ node }) {
    for (const each of ["fetch_data", "train_model"]) {
      if (node !== undefined && node !== each) continue;
      yield { node: each, attempt: 1, text: `hello from ${each}` };
    }
  },
});

export const lineageFromAudit = (audit: AuditLog): LineageReader => ({
  async lineage(id) {
    const record = await audit.record(id);
    if (record === undefined) return undefined;
    const run_id = "0195f0c2-0000-7000-8000-000000000000";
    return { submission_id: id, pipeline_id: record.pipelineId, run_id, runs: [], edges: [] };
  },
});
