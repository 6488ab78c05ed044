import { writtenPosition } from "../change/position.ts";
import type { Verdict } from "../policy/findings.ts";
import type { LocatedFinding } from "../stack-review.ts";
import type { Markdown } from "./markdown.ts";

/** Findings that are shown; the rest is counted. */
const LISTED = 40;

const TITLES: Readonly<Record<Verdict, string>> = {
  refused: "❌ refused",
  undecided: "❌ undecided, which stops a change like a refusal",
  advised: "advice, which stops nothing",
};

/** One entry per finding: resource, rule, files, fix. */
export function renderFindings(findings: readonly LocatedFinding[], md: Markdown): string {
  if (findings.length === 0) return "Policies: nothing to say against it.";
  const entries = findings.slice(0, LISTED).map((finding) => renderFinding(finding, md));
  const more = findings.length - entries.length;
  return ["Policies:", [...entries, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n")].join("\n\n");
}

function renderFinding(finding: LocatedFinding, md: Markdown): string {
  const { verdict, pack, rule, ruleFile, type, name, what, why, fix, changed, declared } = finding;
  const lines = [
    `- ${TITLES[verdict]}: ${md.text(what)}`,
    type === "" ? "" : `  - resource: ${md.code(`${type} ${name}`)}`,
    changed === undefined ? "" : `  - file: ${md.code(writtenPosition(changed))}, which this change touches`,
    declared === undefined || declared.path === changed?.path
      ? ""
      : `  - declared in: ${md.code(writtenPosition(declared))}`,
    `  - rule: ${md.code(rule)} of the pack ${md.code(pack)}${ruleFile === undefined ? "" : ` (${md.code(ruleFile)})`}`,
    why === undefined ? "" : `  - why it matters: ${md.text(why)}`,
    `  - fix: ${md.text(fix)}`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}
