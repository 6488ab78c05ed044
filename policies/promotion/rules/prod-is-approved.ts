import { GATES, sameName } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

const DAY_MS = 86_400_000;

export const prodIsApproved = releaseRule(
  GATES["prod-is-approved"],
  (release, { minApprovals, approvers, maxAgeDays }) => {
    if (release.manifest.stage !== "prod") return [];
    const submitters = new Set(release.section("runs").map(({ submittedBy }) => sameName(submittedBy)));
    const issued = Date.parse(release.section("issuedAt"));
    const allowed = new Set(approvers.map(sameName));
    const canaryEnded = Math.max(
      ...release
        .section("stays")
        .filter(({ stage }) => stage === "canary")
        .map(({ to }) => Date.parse(to)),
    );
    const given = release.section("approvals").filter(({ stage }) => stage === "prod");
    const judged = given.map(({ by, at }) => {
      if (submitters.has(sameName(by))) return { by, not: "submitted a run of it" };
      if (allowed.size > 0 && !allowed.has(sameName(by))) return { by, not: "is none of the approvers" };
      if (Date.parse(at) > issued) return { by, not: `approved at ${at}, after the evidence was issued` };
      if (issued - Date.parse(at) > maxAgeDays * DAY_MS)
        return { by, not: `approved at ${at}, more than ${maxAgeDays} days before the evidence was issued` };
      if (Date.parse(at) < canaryEnded) return { by, not: `approved at ${at}, before its stay in canary had ended` };
      return { by };
    });
    const counted = new Set(judged.filter((one) => one.not === undefined).map(({ by }) => sameName(by)));
    if (counted.size >= minApprovals) return [];
    const reasons = judged.flatMap(({ by, not }) => (not === undefined ? [] : [`${by} ${not}`]));
    return [
      `has ${counted.size} of ${minApprovals} approvals for prod${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}`,
    ];
  },
);
