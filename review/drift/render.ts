import type { Markdown } from "../summary/markdown.ts";
import { tableOfResources } from "../summary/render.ts";
import { stackName } from "../touched/projects.ts";
import { hasDrifted, type StackDrift } from "./review-drift.ts";

/** The summary of a drift check: verdict first, then each stack. */
export function renderDrift(drifts: readonly StackDrift[], md: Markdown): string {
  const drifted = drifts.filter(hasDrifted).map(({ stack }) => md.code(stackName(stack)));
  const sections = [
    drifted.length === 0
      ? "## ✅ Everything is as the last update left it"
      : `## ❌ Not as the last update left it: ${drifted.join(", ")}`,
    ...drifts.map((one) => renderStack(one, md)),
  ];
  return `${sections.join("\n\n")}\n`;
}

function renderStack(one: StackDrift, md: Markdown): string {
  const { stack, drift, problems } = one;
  const changed = drift.resources.filter(({ kind }) => kind === "changed");
  const deleted = drift.resources.filter(({ kind }) => kind === "deleted");
  const sections = [
    `### ${hasDrifted(one) ? "❌" : "✅"} ${md.code(stackName(stack))}`,
    ...(problems.length === 0 ? [] : ["It could not be told:", md.block(problems.join("\n"))]),
    `Resources: **${changed.length} changed by another hand, ${deleted.length} deleted**, ${drift.same} as they were left.`,
    ...(deleted.length === 0 ? [] : [tableOfResources("deleted", deleted, md)]),
    ...(changed.length === 0 ? [] : [tableOfResources("changed", changed, md)]),
    ...(drift.resources.length === 0 ? [] : [WHAT_NOW]),
  ];
  return sections.join("\n\n");
}

const WHAT_NOW =
  "What to do: `pulumi up --refresh` takes it back to what the program says. What should stay, write into the program first.";
