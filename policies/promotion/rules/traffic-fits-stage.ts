import { z } from "zod";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** The largest share of a model's requests that a canary may get. */
  maxCanaryPercent: z.number().positive().max(100).default(20),
});

export const trafficFitsStage = releaseRule({
  name: "traffic-fits-stage",
  description: "A release in staging gets no request of users, one in canary some of them.",
  why: "a canary that gets every request is prod under another name, and has passed none of its gates.",
  fix: "lower `trafficPercent` of the release, or promote it to the stage its traffic belongs to.",
  settings,
  check(release, { maxCanaryPercent }) {
    const { stage, trafficPercent } = release.manifest;
    if (stage === "staging" && trafficPercent > 0)
      return [`is in staging with ${trafficPercent} % of the requests; it must be 0 %`];
    if (stage === "canary" && trafficPercent === 0)
      return ["is in canary with 0 % of the requests; it would show nothing"];
    return stage === "canary" && trafficPercent > maxCanaryPercent
      ? [`is in canary with ${trafficPercent} % of the requests; it must be at most ${maxCanaryPercent} %`]
      : [];
  },
});
