import { CHANGE_KINDS, type ChangeKind, type ResourceChange } from "../change/changes.ts";
import type { CheckResult } from "../check.ts";
import { type Report, stoppers } from "../report.ts";
import type { StackReview } from "../stack-review.ts";
import { stackName } from "../touched/projects.ts";
import { renderCost } from "./cost.ts";
import { renderFindings } from "./findings.ts";
import type { Markdown } from "./markdown.ts";

/** The summary of a change for its pull request: verdict first, then each stack. The same report gives the same bytes. */
export function renderReport(report: Report, md: Markdown): string {
  const stopping = stoppers(report);
  const verdict =
    stopping.length === 0 ? "✅ Nothing speaks against this change" : `❌ This change is refused by ${list(stopping)}`;
  const sections = [
    `## ${md.text(verdict)}`,
    `${count(report.files, "file")} changed since ${md.text(report.against)}. ${comparison(report)}`,
    renderChecks(report.checks, md),
    ...report.stacks.map((review) => renderStack(review, md)),
    ...report.leftOut.map(({ stack, why }) => `**${md.code(stackName(stack))}** was not previewed: ${md.text(why)}`),
    ...report.deleted.map(
      (file) =>
        `**${md.code(file)}** is deleted. What its stack has made stays until somebody runs ${md.code("pulumi destroy")} with the file in place.`,
    ),
    report.stacks.length + report.leftOut.length === 0 ? "No stack is touched." : "",
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const comparison = ({ comparedWith, stacks }: Report): string =>
  stacks.length === 0
    ? ""
    : comparedWith === "base"
      ? "Resources are compared with a preview of that commit by the offline stand-in, not with what runs."
      : "Resources are compared with the state of the stacks.";

function renderChecks(checks: readonly CheckResult[], md: Markdown): string {
  if (checks.length === 0) return "";
  const rows = checks.map(
    ({ title, passed, command }) =>
      `| ${md.text(title)} | ${passed ? "✅ passed" : "❌ failed"} | ${md.code(command)} |`,
  );
  const failures = checks
    .filter(({ passed }) => !passed)
    .map(({ title, output }) => folded(`${md.text(title)}: its last lines`, md.block(output)));
  return [["| check | result | command |", "|---|---|---|", ...rows].join("\n"), ...failures].join("\n\n");
}

const OUTCOMES: Readonly<Record<StackReview["outcome"], string>> = {
  passed: "✅",
  refused: "❌ refused by policy:",
  failed: "❌ cannot be previewed:",
};

export function renderStack(review: StackReview, md: Markdown): string {
  const { touched, outcome, problems, changes, notes, cost } = review;
  const sections = [
    `### ${OUTCOMES[outcome]} ${md.code(stackName(touched.stack))}`,
    `Touched by ${some(touched.because, md)}.`,
    ...notes.map((note) => `> ${md.text(note)}`),
    problems.length === 0 ? "" : md.block(problems.join("\n")),
    // Half a preview shows what was not reached as destroyed, and what was not judged as fine.
    ...(outcome === "failed"
      ? [review.findings.length === 0 ? "" : renderFindings(review.findings, md)]
      : [renderFindings(review.findings, md), renderChanges(changes, md), renderCost(cost, md)]),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

/** Resources of one kind that are listed; the rest is counted. What is lost is listed in full, up to what GitHub shows. */
const LISTED: Readonly<Record<ChangeKind | "deleted", number>> = {
  ...{ destroyed: 150, replaced: 150, deleted: 150 },
  ...{ changed: 40, added: 40 },
};
/** Properties of one resource that are listed. */
const LISTED_PROPERTIES = 6;

export function renderChanges(
  { resources, same }: { readonly resources: readonly ResourceChange[]; readonly same: number },
  md: Markdown,
): string {
  const of = (kind: ChangeKind) => resources.filter((change) => change.kind === kind);
  const counts = CHANGE_KINDS.toReversed().map((kind) => `${of(kind).length} ${kind}`);
  const tables = CHANGE_KINDS.flatMap((kind) => {
    const all = of(kind);
    if (all.length === 0) return [];
    const table = tableOfResources(kind, all, md);
    return [kind === "destroyed" || kind === "replaced" ? table : folded(count(all.length, kind), table)];
  });
  return [`Resources: **${counts.join(", ")}**, ${same} the same.`, ...tables].join("\n\n");
}

/** Each resource with the properties that it is here for. */
export function tableOfResources(
  kind: ChangeKind | "deleted",
  all: readonly Pick<ResourceChange, "type" | "name" | "protect" | "properties">[],
  md: Markdown,
): string {
  const rows = all.slice(0, LISTED[kind]).map(({ type, name, protect, properties }) => {
    const mark = LOST.includes(kind) && protect ? " 🔒 **protected**" : "";
    const listed = properties.slice(0, LISTED_PROPERTIES).map(md.code);
    const more = properties.length - listed.length;
    const why = [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
    return `| ${md.code(type)} | ${md.code(name)}${mark} | ${why} |`;
  });
  const more = all.length - rows.length;
  return [
    `| ${kind} | name | ${WHY[kind] ?? ""} |`,
    "|---|---|---|",
    ...rows,
    ...(more > 0 ? [`| and ${more} more | | |`] : []),
  ].join("\n");
}

/** What the last column has to say, where it says anything. */
const WHY: Readonly<Partial<Record<ChangeKind | "deleted", string>>> = {
  changed: "what differs",
  replaced: "because of",
};

const LOST: readonly string[] = ["destroyed", "replaced", "deleted"];

const LISTED_PATHS = 4;
function some(paths: readonly string[], md: Markdown): string {
  const listed = paths.slice(0, LISTED_PATHS).map((path) => md.code(path));
  const more = paths.length - listed.length;
  return list([...listed, ...(more > 0 ? [count(more, "more file")] : [])]);
}

/** Closed until somebody opens it. */
const folded = (title: string, content: string): string =>
  `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

const count = (number: number, noun: string): string =>
  `${number} ${number === 1 || !/^(more )?file$/.test(noun) ? noun : `${noun}s`}`;
