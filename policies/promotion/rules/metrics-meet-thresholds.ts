import { GATES } from "../../../submission/spec/release/index.ts";
import { releaseRule } from "../rule.ts";

export const metricsMeetThresholds = releaseRule(GATES["metrics-meet-thresholds"], (release, { thresholds }) => {
  if (Object.keys(thresholds).length === 0)
    return ["cannot be measured: no threshold is configured, and no threshold is not a low one"];
  const measured = release.section("metrics");
  return Object.entries(thresholds).flatMap(([name, { min, max }]) => {
    const [metric, ...more] = measured.filter((one) => one.name === name);
    if (metric === undefined) return [`has no metric ${name}`];
    if (more.length > 0) return [`has metric ${name} ${more.length + 1} times; which of them counts nobody can say`];
    const { value, data } = metric;
    const on = `on ${data.uri} at ${data.version}`;
    return [
      ...(min !== undefined && value < min ? [`has metric ${name} ${value} ${on}; it must be at least ${min}`] : []),
      ...(max !== undefined && value > max ? [`has metric ${name} ${value} ${on}; it must be at most ${max}`] : []),
    ];
  });
});
