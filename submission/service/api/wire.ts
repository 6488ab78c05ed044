import type { z } from "zod";
import { diagnosticJson } from "../../spec/index.ts";
import type {
  Accepted,
  AuditedSubmission,
  Cancelled,
  Kept,
  Plan,
  RerunAccepted,
  RunAgain,
} from "../application/index.ts";
import type { Page, Progress, Verified } from "../audit/index.ts";
import type { SubmissionSummary } from "../model.ts";
import type {
  accepted,
  auditChain,
  auditVerification,
  cancelled,
  planned,
  rerunPlan,
  submissionPage,
} from "./schema.ts";

/** From the service's own words to those of the wire. */

const instant = (millis: number): string => new Date(millis).toISOString();

export function acceptedWire({ record, warnings, ...rest }: Accepted | RerunAccepted): z.infer<typeof accepted> {
  const plan = "plan" in rest ? rest.plan : undefined;
  return {
    submission_id: record.submissionId,
    pipeline_id: record.pipelineId,
    team: record.team,
    namespace: record.namespace,
    env: record.env,
    accepted_at: instant(record.acceptedAt),
    body_digest: record.bodyDigest,
    manifest_digest: record.manifestDigest,
    recipe_digest: record.recipeDigest,
    warnings: warnings.map(diagnosticJson),
    ...(plan === undefined || record.rerunOf === undefined
      ? {}
      : { rerun: rerunWire(record.rerunOf.submissionId, plan) }),
  };
}

function rerunWire(
  of: string,
  { kept, run }: { readonly kept: readonly Kept[]; readonly run: readonly RunAgain[] },
): z.infer<typeof rerunPlan> {
  return {
    rerun_of: of,
    kept: kept.map(({ node, definition, outputs }) => ({ node, definition, outputs: [...outputs] })),
    run: [...run],
  };
}

export function plannedWire({ ok, submission, compiled, diagnostics, rerun }: Plan): z.infer<typeof planned> {
  const { dag, params, team } = submission;
  const { placements, outputs, forecast, digests, workflow } = compiled;
  const outputsOf = Map.groupBy(outputs, ({ node }) => node);
  const byId = new Map(placements.map((placement) => [placement.node, placement]));
  return {
    ok,
    submission_id: params.submissionId,
    pipeline_id: dag.pipelineId,
    team,
    namespace: workflow.metadata.namespace,
    env: params.env,
    digests,
    nodes: dag.nodes.map(({ id, kind, resources }) => {
      const placement = byId.get(id);
      return {
        node: id,
        kind,
        resources: { ...resources },
        queue: placement?.queue ?? "",
        pools: [...(placement?.pools ?? [])],
        flavors: [...(placement?.flavors ?? [])],
        priority: placement?.priority ?? "",
        reason: placement?.reason ?? "",
        outputs: outputsOf.get(id)?.map(({ name, uri }) => ({ name, uri })) ?? [],
      };
    }),
    forecast: {
      spec_bytes: forecast.specBytes,
      status_bytes: forecast.statusBytes,
      total_bytes: forecast.totalBytes,
      limit_bytes: forecast.limitBytes,
      status_nodes: forecast.statusNodes,
      largest_dag: forecast.largestDag,
      validation_seconds: forecast.validationSeconds,
    },
    diagnostics: diagnostics.map(diagnosticJson),
    ...(rerun === undefined ? {} : { rerun: rerunWire(rerun.of, rerun) }),
  };
}

export const cancelledWire = ({ submissionId, outcome }: Cancelled): z.infer<typeof cancelled> => ({
  submission_id: submissionId,
  outcome,
});

export const pageWire = ({ rows, next }: Page<SubmissionSummary>): z.infer<typeof submissionPage> => ({
  submissions: rows.map((row) => ({
    submission_id: row.submissionId,
    team: row.team,
    pipeline_id: row.pipelineId,
    env: row.env,
    submitted_by: row.actor,
    accepted_at: instant(row.acceptedAt),
    event: row.event,
    event_at: instant(row.eventAt),
  })),
  next: next ?? null,
});

export const auditWire = ({ record, entries }: AuditedSubmission): z.infer<typeof auditChain> => ({
  submission_id: record.submissionId,
  submission: {
    submission_id: record.submissionId,
    team: record.team,
    namespace: record.namespace,
    pipeline_id: record.pipelineId,
    env: record.env,
    submitted_by: record.actor,
    accepted_at: instant(record.acceptedAt),
    body_digest: record.bodyDigest,
    manifest_digest: record.manifestDigest,
    recipe_digest: record.recipeDigest,
    ...(record.rerunOf === undefined ? {} : { rerun_of: record.rerunOf.submissionId }),
  },
  entries: entries.map((entry) => ({
    submission_id: entry.submissionId,
    sequence: entry.sequence,
    block: entry.block,
    event: entry.event,
    actor: entry.actor,
    at: instant(entry.at),
    key: entry.key,
    digests: { ...entry.digests },
    detail: { ...entry.detail },
    previous_hash: entry.previousHash,
    hash: entry.hash,
  })),
});

export function verificationWire(state: Progress | Verified): z.infer<typeof auditVerification> {
  const { rows, blocks, submissions } = state;
  const seen = { rows, blocks, submissions };
  if (!("findings" in state)) {
    return { finished: false, ...seen, chains: 0, head: null, findings: [], truncated: false };
  }
  const { chains, head, findings, truncated } = state;
  return {
    finished: true,
    ...seen,
    chains,
    head: head === undefined ? null : `${head.sequence}:${head.hash}`,
    findings: findings.map(({ kind, chain, sequence, message }) => ({
      kind,
      chain,
      sequence: sequence ?? null,
      message,
    })),
    truncated,
  };
}
