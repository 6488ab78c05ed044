import { GATES } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

export const trafficFitsStage = releaseRule(GATES["traffic-fits-stage"], (release, { maxCanaryPercent }) => {
  const { stage, trafficPercent } = release.manifest;
  if (stage === "staging" && trafficPercent > 0)
    return [`is in staging with ${trafficPercent} % of the requests; it must be 0 %`];
  if (stage === "canary" && trafficPercent === 0)
    return ["is in canary with 0 % of the requests; it would show nothing"];
  return stage === "canary" && trafficPercent > maxCanaryPercent
    ? [`is in canary with ${trafficPercent} % of the requests; it must be at most ${maxCanaryPercent} %`]
    : [];
});
