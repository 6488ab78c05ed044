import type { AuditEntry, Finding, Verified } from "../../service/audit/index.ts";
import { headOf } from "../../service/audit/verify.ts";
import { UserError } from "../../spec/user-error.ts";
import type { ServiceAddress } from "../service/address.ts";
import { type AuditChain, type AuditVerification, ServiceClient } from "../service/client.ts";
import type { AuditSource } from "./source.ts";
import { walked } from "./walked.ts";

/** The log as the service that has it open tells it. What it shows of a chain is hashed here once more: its word is not taken for it. */
export function sourceInService(address: ServiceAddress): AuditSource {
  const client = new ServiceClient(address);
  const chain = async (id: string) => {
    if (id.includes("/")) throw notOverTheService(id);
    return chainOf(await client.audit(id));
  };
  return {
    chain,
    async verifyChain(id) {
      if (id.includes("/")) throw notOverTheService(id);
      const said = verifiedOf(await client.verifyChain(id));
      const { entries } = await chain(id);
      return { ...said, findings: [...said.findings, ...(await unsaid(said, id, entries))] };
    },
    async verifyLog(head, onProgress) {
      let latest: AuditVerification | undefined;
      for await (const state of client.verifyLog(head && `${head.sequence}:${head.hash}`)) {
        latest = state;
        onProgress(state);
      }
      if (latest?.finished !== true) throw new Error("the service ended its verification without a word");
      return verifiedOf(latest);
    },
    close: () => address.close(),
  };
}

/** What the rows themselves say and the service did not. */
async function unsaid(said: Verified, chain: string, entries: readonly AuditEntry[]): Promise<readonly Finding[]> {
  const known = new Set(said.findings.map(({ kind, sequence }) => `${kind} ${sequence}`));
  const found = (await walked(entries)).filter(({ kind, sequence }) => !known.has(`${kind} ${sequence}`));
  // The chain was asked for after it was verified, and only grows.
  if (entries.length >= said.rows) return found;
  const message = `The service verified ${said.rows} rows of ${chain} and shows ${entries.length}.`;
  return [...found, { kind: "missing", chain, sequence: entries.length, message }];
}

function chainOf({ submission, entries }: AuditChain) {
  return {
    submission: {
      submissionId: submission.submission_id,
      team: submission.team,
      namespace: submission.namespace,
      pipelineId: submission.pipeline_id,
      env: submission.env,
      actor: submission.submitted_by,
      acceptedAt: Date.parse(submission.accepted_at),
      bodyDigest: submission.body_digest,
      manifestDigest: submission.manifest_digest,
      recipeDigest: submission.recipe_digest,
      rerunOf: submission.rerun_of,
    },
    entries: entries.map((entry) => ({
      submissionId: entry.submission_id,
      sequence: entry.sequence,
      block: entry.block,
      key: entry.key,
      event: entry.event,
      actor: entry.actor,
      at: Date.parse(entry.at),
      digests: entry.digests,
      detail: entry.detail,
      previousHash: entry.previous_hash,
      hash: entry.hash,
    })),
  };
}

function verifiedOf({ finished: _, head, findings, ...seen }: AuditVerification): Verified {
  return {
    ...seen,
    head: headOf(head ?? undefined),
    findings: findings.map(({ sequence, ...finding }) => ({ ...finding, sequence: sequence ?? undefined })),
  };
}

const notOverTheService = (id: string) =>
  new UserError(`the service shows the chains of submissions, and ${id} is none`, {
    hint: "stop the service to read its folder, or ask ClickHouse with --server",
  });
