import { z } from "zod";
import { releaseRule } from "../rule.ts";

const threshold = z
  .strictObject({
    /** The least that is good enough; this value itself is. */
    min: z.number().optional(),
    /** The most that is good enough; this value itself is. */
    max: z.number().optional(),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, "must have min, max or both");

const settings = z.strictObject({
  /** By name of the metric. Default: none, and nothing passes. */
  thresholds: z.record(z.string(), threshold).default({}),
});

export const metricsMeetThresholds = releaseRule({
  name: "metrics-meet-thresholds",
  description: "Every metric that has a threshold was measured, on data whose version is known, and meets it.",
  why: "a model below its thresholds loses what the thresholds were set to protect.",
  fix: "train or choose a better model. If the threshold is wrong, change it in the settings of metrics-meet-thresholds, where it is reviewed.",
  settings,
  check(release, { thresholds }) {
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
  },
});
