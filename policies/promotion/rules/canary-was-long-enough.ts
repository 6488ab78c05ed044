import { GATES } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

const HOUR_MS = 3_600_000;

export const canaryWasLongEnough = releaseRule(
  GATES["canary-was-long-enough"],
  (release, { minHours, minRequests, minTrafficPercent }) => {
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
);
