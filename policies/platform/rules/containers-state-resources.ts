import { z } from "zod";
import { knownAt } from "../../verdict/known.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { faultyContainers, runsPods } from "../pods.ts";

const STATED = [
  ["requests", "cpu"],
  ["requests", "memory"],
  // No limit of cpu: an idle core helps nobody, and throttling hurts at the worst moment.
  ["limits", "memory"],
] as const;

export const containersStateResources = resourceRule({
  name: "containers-state-resources",
  description: "Every container says what it needs and how much memory it may take.",
  why: "without requests the scheduler and the quota count nothing, and without a limit one leak takes the whole node down.",
  fix: "set resources.requests.cpu, resources.requests.memory and resources.limits.memory of the container.",
  settings: z.strictObject({}),
  applies: runsPods,
  check: (resource) =>
    faultyContainers(resource, ({ props }) => {
      const missing = STATED.filter(([kind, what]) => knownAt(props, "resources", kind, what) === undefined);
      return missing.length === 0 ? [] : [`does not state ${missing.map((path) => path.join(".")).join(", ")}`];
    }),
});
