import { z } from "zod";
import { check, type Submission } from "../../spec/index.ts";
import type { SubmissionRecord } from "../model.ts";
import type { Parts } from "./parts.ts";
import { Rejection } from "./rejection.ts";
import { definitionsOf, type NodeOutput, type Original } from "./rerun-plan.ts";

/** What is known of a submission that is over, from its record and the audit log alone: its Workflow may be gone. */
export async function originalOf(parts: Parts, record: SubmissionRecord): Promise<Original> {
  const id = record.submissionId;
  const status = await parts.status.status(id);
  if (status?.finished !== true) {
    const phase = status?.phase ?? "just accepted";
    throw new Rejection("unfinished", `${id} is not over yet (${phase}). Wait for it, or cancel it first.`);
  }
  const submission = checkedAgain(parts, record);
  if (submission === undefined) return { succeeded: new Set(), outputs: new Map(), definitions: undefined };
  const succeeded = new Set(
    status.nodes.filter(({ state }) => state === "Succeeded" || state === "Kept").map(({ node }) => node),
  );
  return {
    succeeded,
    outputs: await outputsOf(parts, record, submission, succeeded),
    definitions: definitionsOf(submission),
  };
}

/** Undefined where the platform would not take it any more: then what its nodes were cannot be compared. */
function checkedAgain({ profile }: Parts, { documents, team }: SubmissionRecord): Submission | undefined {
  const { dag, params, refs } = documents;
  const result = check({
    dag: { text: dag, source: "dag_spec" },
    params: { text: params, source: "runtime_params" },
    refs: refs === undefined ? undefined : { text: refs, source: "refs" },
    profile,
    team,
  });
  return result.ok ? result.submission : undefined;
}

/** Where outputs stand is in the manifest of the submission that ran the node, which may be one further back. */
async function outputsOf(
  { audit }: Parts,
  record: SubmissionRecord,
  { dag }: Submission,
  nodes: ReadonlySet<string>,
): Promise<Map<string, readonly NodeOutput[]>> {
  const found = new Map<string, readonly NodeOutput[]>();
  let at: SubmissionRecord | undefined = record;
  while (at !== undefined && found.size < nodes.size) {
    const kept = new Set(at.rerunOf?.kept);
    const uriOf = places(at.manifest);
    for (const { id, outs } of dag.nodes) {
      if (!nodes.has(id) || found.has(id) || kept.has(id)) continue;
      found.set(
        id,
        outs.map((name) => ({ name, uri: uriOf(id, name) })),
      );
    }
    at = at.rerunOf === undefined ? undefined : await audit.record(at.rerunOf.submissionId);
  }
  return found;
}

const annotated = z.object({
  metadata: z.object({
    annotations: z.object({
      "orch.dev/outputs": z.string(),
      "orch.dev/outputs-elsewhere": z.string(),
    }),
  }),
});
const elsewhere = z.record(z.string(), z.string());

/** The compiler's annotations: outputs stand at `{outputs}{node_id}/{name}`; those with a place of their own are listed. */
function places(manifest: string): (node: string, name: string) => string {
  const { annotations } = annotated.parse(JSON.parse(manifest)).metadata;
  const own = elsewhere.parse(JSON.parse(annotations["orch.dev/outputs-elsewhere"]));
  return (node, name) => own[`${node}/${name}`] ?? `${annotations["orch.dev/outputs"]}${node}/${name}`;
}
