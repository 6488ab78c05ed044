import { GATES } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

export const drawdownWithinBounds = releaseRule(GATES["drawdown-within-bounds"], (release, { max }) => {
  const drawdown = release.section("drawdown");
  return drawdown.max > max
    ? [
        `has a drawdown of ${drawdown.max} on ${drawdown.data.uri} at ${drawdown.data.version}; it must be at most ${max}`,
      ]
    : [];
});
