import { z } from "zod";
import { dagSchema, refsSchema, runtimeParamsSchema } from "../../spec/index.ts";
import { FINDING_KINDS } from "../audit/findings.ts";
import { AUDIT_EVENTS } from "../audit/log.ts";
import { HEAD_PATTERN } from "../audit/verify.ts";
import { submissionLineage } from "../lineage/lineage.ts";
import { logLine } from "../logs/logs.ts";
import { submissionStatus } from "../status/status.ts";

/** What goes over the wire: REST parses and documents with these, gRPC parses with the same. */

export const submissionId = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a submission id: a DNS label of at most 63 characters")
  .describe("DNS label of at most 63 characters; also the Workflow's name");
export const nodeId = z
  .string()
  .regex(/^[a-z]([a-z0-9_]{0,61}[a-z0-9])?$/, "a node id: [a-z]([a-z0-9_]{0,61}[a-z0-9])?")
  .describe("id in the DAG");
export const teamName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "a team: a DNS label of at most 63 characters")
  .describe("default: the only team the caller may submit for; also as header orch-team");
const time = z.iso.datetime().describe("RFC 3339, UTC");
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A document: an object, or its text, of which diagnostics then give line and column. */
const document = <Schema extends z.ZodType>(schema: Schema, what: string) =>
  z
    .union([schema, z.string().describe("the same as YAML or JSON text, located line by line in diagnostics")])
    .describe(what);

const documents = {
  dag_spec: document(dagSchema, "the DAG"),
  runtime_params: document(runtimeParamsSchema, "runtime parameters"),
  refs: document(refsSchema, "data and feature references").optional(),
};

export const submitRequest = z.strictObject({ ...documents, team: teamName.optional() });

const from = nodeId.optional().describe("run this node and all after it, besides what did not succeed");

export const rerunRequest = z.strictObject({
  submission_id: submissionId.optional().describe("of the rerun; default: the original's with -r2, -r3, ..."),
  from,
  dag_spec: documents.dag_spec.optional().describe("in place of the original's: what changed runs again"),
  runtime_params: documents.runtime_params
    .optional()
    .describe("in place of the original's; its submission_id is ignored"),
  refs: documents.refs,
});

export const planRequest = z.strictObject({
  dag_spec: documents.dag_spec.optional(),
  runtime_params: documents.runtime_params.optional(),
  refs: documents.refs,
  team: teamName.optional(),
  rerun_of: submissionId.optional().describe("plan a rerun of this submission"),
  from,
  submission_id: submissionId.optional().describe("of the rerun"),
});

export const diagnosticSchema = z.strictObject({
  code: z.string().describe("stable, e.g. dag/cycle"),
  severity: z.enum(["error", "warning"]),
  message: z.string(),
  path: z.string().describe("in the document, e.g. nodes[2].resources.gpu"),
  line: z.int().positive().describe("in the text of the field, from 1"),
  column: z.int().positive().describe("from 1, in characters"),
  suggestion: z.string().nullable(),
  source: z.string().describe("the field: dag_spec, runtime_params or refs"),
});

const rerunFields = {
  kept: z.array(
    z.strictObject({
      node: nodeId,
      definition: digest.describe("over what the node is"),
      outputs: z.array(z.strictObject({ name: z.string(), uri: z.string() })),
    }),
  ),
  run: z.array(z.strictObject({ node: nodeId, because: z.string() })),
};

export const rerunPlan = z.strictObject({ rerun_of: submissionId, ...rerunFields });

export const accepted = z.strictObject({
  submission_id: submissionId,
  pipeline_id: z.string(),
  team: z.string(),
  namespace: z.string(),
  env: z.string(),
  accepted_at: time,
  body_digest: digest.describe("by which the same body is known again"),
  manifest_digest: digest,
  recipe_digest: digest.describe("equal for two runs of one recipe"),
  warnings: z.array(diagnosticSchema),
  rerun: rerunPlan.optional(),
});

export const planned = z.strictObject({
  ok: z.boolean().describe("whether it would be accepted"),
  submission_id: z.string(),
  pipeline_id: z.string(),
  team: z.string(),
  namespace: z.string(),
  env: z.string(),
  digests: z.strictObject({ manifest: digest, recipe: digest }),
  nodes: z.array(
    z.strictObject({
      node: z.string(),
      kind: z.string(),
      resources: z.strictObject({ cpu: z.string(), mem: z.string(), gpu: z.int().nonnegative() }),
      queue: z.string(),
      pools: z.array(z.string()).describe("in the order in which they are tried"),
      flavors: z.array(z.string()),
      priority: z.string(),
      reason: z.string(),
      outputs: z.array(z.strictObject({ name: z.string(), uri: z.string() })),
    }),
  ),
  forecast: z.strictObject({
    spec_bytes: z.int(),
    status_bytes: z.int(),
    total_bytes: z.int(),
    limit_bytes: z.int(),
    status_nodes: z.int().describe("entries in Argo's status"),
    largest_dag: z.int().describe("the most nodes of this shape that fit"),
    validation_seconds: z.number().describe("Argo's, before the first pod"),
  }),
  diagnostics: z.array(diagnosticSchema),
  rerun: rerunPlan.optional(),
});

export const cancelled = z.strictObject({
  submission_id: submissionId,
  outcome: z.enum(["cancelling", "finished"]).describe("finished: it was over already"),
});

export const submissionRow = z.strictObject({
  submission_id: z.string(),
  team: z.string(),
  pipeline_id: z.string(),
  env: z.string(),
  submitted_by: z.string(),
  accepted_at: time,
  event: z.string().describe("the last that happened"),
  event_at: time,
});

export const listQuery = z.strictObject({
  team: teamName.optional().describe("default: all whose submissions the caller may list"),
  pipeline_id: z.string().max(63).optional(),
  event: z.enum(AUDIT_EVENTS).optional().describe("the last that happened"),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(1024).optional().describe("next of the page before"),
});

export const submissionPage = z.strictObject({
  submissions: z.array(submissionRow),
  next: z.string().nullable().describe("cursor of the next page; null: this was the last"),
});

const flag = z
  .enum(["true", "false", "1", "0", ""])
  .transform((text) => text === "true" || text === "1" || text === "");

export const followQuery = z.strictObject({
  follow: flag.optional().describe("server-sent events to the end, each with one object of this schema"),
});
export const logQuery = z.strictObject({
  node: nodeId.optional().describe("default: all nodes"),
  follow: flag.optional().describe("server-sent events to the end: each a LogLine"),
});

export const auditEntry = z.strictObject({
  submission_id: z.string(),
  sequence: z.int().nonnegative(),
  block: z.int().nonnegative().describe("what it was written with"),
  event: z.enum(AUDIT_EVENTS),
  actor: z.string(),
  at: time.describe("RFC 3339, UTC; the hash is over its milliseconds since 1970"),
  key: z.string(),
  digests: z.record(z.string(), z.string()),
  detail: z.record(z.string(), z.string()),
  previous_hash: z.string().describe("of the row before; zeros in the first"),
  hash: z.string().describe("SHA-256 over everything else here"),
});

export const auditedSubmission = z.strictObject({
  submission_id: submissionId,
  team: z.string(),
  namespace: z.string(),
  pipeline_id: z.string(),
  env: z.string(),
  submitted_by: z.string(),
  accepted_at: time,
  body_digest: digest,
  manifest_digest: digest,
  recipe_digest: digest,
  rerun_of: submissionId.optional(),
});

export const auditChain = z.strictObject({
  submission_id: submissionId,
  submission: auditedSubmission,
  entries: z.array(auditEntry),
});

export const auditVerification = z.strictObject({
  finished: z.boolean().describe("false: how far it is"),
  rows: z.int().nonnegative(),
  chains: z.int().nonnegative(),
  blocks: z.int().nonnegative(),
  submissions: z.int().nonnegative(),
  head: z
    .string()
    .regex(HEAD_PATTERN)
    .nullable()
    .describe("end of the log, <block>:<hash>: kept elsewhere, it shows later that nothing up to here was cut off"),
  findings: z.array(
    z.strictObject({
      kind: z.enum(FINDING_KINDS),
      chain: z.string().describe("the submission, refused/<request> or checkpoint/all"),
      sequence: z.int().nonnegative().nullable().describe("of the row; null: the submission beside the chain"),
      message: z.string(),
    }),
  ),
  truncated: z.boolean().describe("there are more findings than are named"),
});

export const verifyQuery = z.strictObject({
  head: z.string().regex(HEAD_PATTERN).optional().describe("an end of the log that was written down before"),
  follow: flag.optional().describe("server-sent events: how far it is, and what was found in the last"),
});

/** RFC 9457. */
export const problem = z.strictObject({
  type: z.string().describe("urn:orch:problem:..."),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  diagnostics: z.array(diagnosticSchema).optional(),
  digests: z
    .strictObject({ submitted: digest, existing: digest })
    .optional()
    .describe("the two bodies that met under one id"),
  part: z.string().optional().describe("what is away: audit, queue or kubernetes"),
});

export const readiness = z.strictObject({
  ready: z.boolean(),
  parts: z.record(z.string(), z.string()).describe("ready, or what is wrong with it"),
  authentication: z.string(),
  profile: digest.describe("of the PlatformProfile in force"),
});

export type ProblemDetails = z.infer<typeof problem>;

/** Named in the OpenAPI document. */
export const REQUESTS = { SubmitRequest: submitRequest, PlanRequest: planRequest, RerunRequest: rerunRequest } as const;
export const RESPONSES = {
  Accepted: accepted,
  AuditChain: auditChain,
  AuditVerification: auditVerification,
  Cancelled: cancelled,
  Lineage: submissionLineage,
  LogLine: logLine,
  Plan: planned,
  Problem: problem,
  Readiness: readiness,
  SubmissionPage: submissionPage,
  SubmissionStatus: submissionStatus,
} as const;
