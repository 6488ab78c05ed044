import { z } from "zod";
import { releaseRule } from "../rule.ts";

const settings = z.strictObject({
  /** The largest loss from a peak that is borne, as a share of the peak; this value itself is. */
  max: z.number().min(0).max(1).default(0.2),
});

export const drawdownWithinBounds = releaseRule({
  name: "drawdown-within-bounds",
  description: "The largest loss from a peak is within bounds. It is a positive share: a loss of 18 % is 0.18.",
  why: "a strategy is stopped, or its capital gone, before a drawdown that large is made good.",
  fix: "lower the risk of the strategy and run it again. Write a loss of 18 % as 0.18, never as -0.18 or 18.",
  settings,
  check(release, { max }) {
    const drawdown = release.section("drawdown");
    return drawdown.max > max
      ? [
          `has a drawdown of ${drawdown.max} on ${drawdown.data.uri} at ${drawdown.data.version}; it must be at most ${max}`,
        ]
      : [];
  },
});
