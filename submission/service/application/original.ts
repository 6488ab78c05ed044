import type { SubmissionRecord } from "../model.ts";
import { backgroundOf, outputsOf } from "../status/facts.ts";
import type { Parts } from "./parts.ts";
import { Rejection } from "./rejection.ts";
import { definitionsOf, type Original } from "./rerun-plan.ts";

/** What is known of a submission that is over, from its record and the audit log alone: its Workflow may be gone. */
export async function originalOf(parts: Parts, record: SubmissionRecord): Promise<Original> {
  const id = record.submissionId;
  const status = await parts.status.status(id);
  if (status?.finished !== true) {
    const phase = status?.phase ?? "just accepted";
    throw new Rejection("unfinished", `${id} is not over yet (${phase}). Wait for it, or cancel it first.`);
  }
  const background = await backgroundOf(id, parts.audit, parts.profile);
  // The platform would not take it any more: then what its nodes were cannot be compared.
  if (background?.submission === undefined) {
    return { succeeded: new Set(), outputs: new Map(), definitions: undefined };
  }
  const { submission } = background;
  const made = outputsOf(background);
  const succeeded = new Set(
    status.nodes.filter(({ state }) => state === "Succeeded" || state === "Kept").map(({ node }) => node),
  );
  return {
    succeeded,
    outputs: new Map(
      submission.dag.nodes
        .filter(({ id: node }) => succeeded.has(node))
        .map(({ id: node, outs }) => [node, outs.map((name) => ({ name, uri: made(node, name).uri }))]),
    ),
    definitions: definitionsOf(submission),
  };
}
