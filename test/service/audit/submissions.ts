import type { NewEntry } from "../../../submission/service/audit/index.ts";
import type { SubmissionRecord } from "../../../submission/service/model.ts";

/** 2026-11-25T00:00:00.123Z */
export const NOON = 1_795_564_800_123;

export function submission(submissionId: string, changes: Partial<SubmissionRecord> = {}): SubmissionRecord {
  return {
    submissionId,
    team: "research",
    namespace: "team-research",
    pipelineId: "bt_xs_bilstm_v1",
    env: "staging",
    actor: "alice@example.com",
    acceptedAt: NOON,
    bodyDigest: `sha256:${"b".repeat(64)}`,
    manifestDigest: `sha256:${"c".repeat(64)}`,
    recipeDigest: `sha256:${"d".repeat(64)}`,
    documents: {
      dag: "version: 1\npipeline_id: 'it''s \\ \t {{x}} ; DROP'\n\n",
      params: '{"a": "ü\u0000 \u2028"}',
      refs: undefined,
    },
    manifest: JSON.stringify({ kind: "Workflow", metadata: { name: submissionId } }),
    rerunOf: undefined,
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ...changes,
  };
}

export const accepted = (changes: Partial<NewEntry> = {}): NewEntry => ({
  key: "accepted",
  event: "accepted",
  actor: "alice@example.com",
  at: NOON,
  digests: { body: `sha256:${"b".repeat(64)}`, manifest: `sha256:${"c".repeat(64)}` },
  detail: {},
  ...changes,
});

export const node = (id: string, state: string, at = NOON + 1_000): NewEntry => ({
  key: `node/${id}/1/${state}`,
  event: "node",
  actor: "workflow-controller",
  at,
  digests: {},
  detail: { node: id, attempt: "1", state, reason: 'it\'s "quoted"; \\ and\n\ttabbed' },
});

export const happened = (event: NewEntry["event"], at = NOON + 2_000): NewEntry => ({
  key: event,
  event,
  actor: "dispatcher",
  at,
  digests: {},
  detail: {},
});
