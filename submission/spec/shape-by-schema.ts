import type { z } from "zod";
import { dagFields, paramsFields, refsFields } from "./fields.ts";
import { type Findings, show } from "./findings.ts";
import {
  isMapping,
  type LooseDag,
  type LooseParams,
  type LooseRefs,
  looseDag,
  looseParams,
  looseRefs,
} from "./loose.ts";
import { KINDS } from "./model.ts";
import { dagSchema, nodeOfUnknownKind, refsSchema, runtimeParamsSchema } from "./schema.ts";
import { reportIssues } from "./structure.ts";
import { didYouMean } from "./suggest.ts";

/**
 * The shape check: what has the right shape goes on as it is; of anything else the right parts go on, and what is wrong is
 * reported.
 */
export function shapeDag(value: unknown, findings: Findings): LooseDag {
  const parsed = dagSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const unknownKinds = parsed.error.issues.filter(isUnknownKind);
  reportIssues(
    parsed.error.issues.filter((issue) => !isUnknownKind(issue)),
    value,
    dagFields,
    findings,
  );
  for (const issue of unknownKinds) reportKind(issue.path[1], value, findings);
  return looseDag(value);
}

function isUnknownKind(issue: z.core.$ZodIssue): boolean {
  return (
    issue.code === "invalid_union" && issue.path[0] === "nodes" && issue.path.length <= 3 && issue.path.at(2) === "kind"
  );
}

function reportKind(index: unknown, root: unknown, findings: Findings): void {
  if (typeof index !== "number" || !isMapping(root) || !Array.isArray(root.nodes)) return;
  const node: unknown = root.nodes[index];
  const path = ["nodes", index];
  if (isMapping(node)) {
    if (node.kind === undefined) {
      findings.add("schema/missing-field", [...path, "kind"], "kind is missing.", {
        suggestion: didYouMean("", KINDS),
      });
    } else if (typeof node.kind !== "string") {
      findings.add("schema/wrong-type", [...path, "kind"], `kind is ${show(node.kind)}; it must be a string.`, {
        suggestion: didYouMean("", KINDS),
      });
    } else {
      findings.add(
        "node/unknown-kind",
        [...path, "kind"],
        `There is no kind ${show(node.kind)}; there are ${KINDS.join(", ")}.`,
        {
          suggestion: didYouMean(node.kind, KINDS),
        },
      );
    }
  }
  const rest = nodeOfUnknownKind().safeParse(node);
  if (!rest.success) reportIssues(rest.error.issues, root, dagFields, findings, path);
}

export function shapeParams(value: unknown, findings: Findings): LooseParams {
  const parsed = runtimeParamsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  reportIssues(parsed.error.issues, value, paramsFields, findings);
  return looseParams(value);
}

export function shapeRefs(value: unknown, findings: Findings): LooseRefs {
  const parsed = refsSchema.safeParse(value);
  if (parsed.success) return looseRefs(parsed.data);
  reportIssues(parsed.error.issues, value, refsFields, findings);
  return looseRefs(value);
}
