import { z } from "zod";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** Hours a release must have been in canary. */
  minHours: z.number().positive().default(24),
  /** Requests it must have answered there. */
  minRequests: z.int().positive().default(10_000),
  /** Share of the model's requests it must have got there, on average. */
  minTrafficPercent: z.number().positive().max(100).default(1),
});

const HOUR_MS = 3_600_000;

export const canaryWasLongEnough = releaseRule({
  name: "canary-was-long-enough",
  description: "Before a release goes to prod, its predecessor was in canary long enough, and with enough requests.",
  why: "what goes wrong rarely or slowly shows only with time and traffic.",
  fix: "leave the release in canary until its stay meets the bounds, then let CI sign the evidence anew.",
  settings,
  check(release, { minHours, minRequests, minTrafficPercent }) {
    const { stage, predecessor, artifact } = release.manifest;
    if (stage !== "prod") return [];
    const stays = release
      .section("stays")
      .filter(
        (stay) =>
          stay.stage === "canary" && stay.release === predecessor?.release && stay.artifactSha256 === artifact.sha256,
      );
    const [stay, ...more] = stays;
    if (stay === undefined) return ["has no stay of its predecessor in canary in its evidence"];
    if (more.length > 0)
      return [`has ${stays.length} stays of ${stay.release} in canary; which of them counts nobody can say`];
    const [from, to, issued] = [stay.from, stay.to, release.section("issuedAt")].map(Date.parse);
    if (from === undefined || to === undefined || issued === undefined) return [];
    const hours = (to - from) / HOUR_MS;
    return [
      ...(to > issued ? [`has a stay in canary that ends at ${stay.to}, after the evidence was issued`] : []),
      ...(hours < 0 ? [`has a stay in canary that ends before it begins`] : []),
      ...(hours >= 0 && hours < minHours
        ? [`was in canary for ${Math.floor(hours * 10) / 10} hours; it must be ${minHours}`]
        : []),
      ...(stay.requests < minRequests
        ? [`has answered ${stay.requests} requests in canary; it must be ${minRequests}`]
        : []),
      ...(stay.trafficPercent < minTrafficPercent
        ? [`has got ${stay.trafficPercent} % of the requests in canary; it must be ${minTrafficPercent} %`]
        : []),
    ];
  },
});
