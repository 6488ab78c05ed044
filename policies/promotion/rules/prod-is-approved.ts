import { z } from "zod";
import { person } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** People who must have approved. */
  minApprovals: z.int().positive().default(1),
  /** Who may approve. Default: everybody who submitted none of the runs. */
  approvers: z.array(z.string().min(1)).default([]),
});

export const prodIsApproved = releaseRule({
  name: "prod-is-approved",
  description: "A release to prod is approved by somebody who did not submit it, after its stay in canary.",
  why: "nobody sees the mistakes in their own work, and one stolen account must not be enough to reach prod.",
  fix: "ask a colleague who submitted none of the runs to approve it for prod, and let CI sign the evidence anew.",
  settings,
  check(release, { minApprovals, approvers }) {
    if (release.manifest.stage !== "prod") return [];
    const submitters = new Set(release.section("runs").map(({ submittedBy }) => person(submittedBy)));
    const issued = Date.parse(release.section("issuedAt"));
    const allowed = new Set(approvers.map(person));
    const canaryEnded = Math.max(
      ...release
        .section("stays")
        .filter(({ stage }) => stage === "canary")
        .map(({ to }) => Date.parse(to)),
    );
    const given = release.section("approvals").filter(({ stage }) => stage === "prod");
    const judged = given.map(({ by, at }) => {
      if (submitters.has(person(by))) return { by, not: "submitted a run of it" };
      if (allowed.size > 0 && !allowed.has(person(by))) return { by, not: "is none of the approvers" };
      if (Date.parse(at) > issued) return { by, not: `approved at ${at}, after the evidence was issued` };
      if (Date.parse(at) < canaryEnded) return { by, not: `approved at ${at}, before its stay in canary had ended` };
      return { by };
    });
    const counted = new Set(judged.filter((one) => one.not === undefined).map(({ by }) => person(by)));
    if (counted.size >= minApprovals) return [];
    const reasons = judged.flatMap(({ by, not }) => (not === undefined ? [] : [`${by} ${not}`]));
    return [
      `has ${counted.size} of ${minApprovals} approvals for prod${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}`,
    ];
  },
});
