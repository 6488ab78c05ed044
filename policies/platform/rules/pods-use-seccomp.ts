import { z } from "zod";
import { valueAt } from "../../verdict/known.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { faultyContainers, podsOf, runsPods, securityOf } from "../pods.ts";

const PROFILES: readonly unknown[] = ["RuntimeDefault", "Localhost"];

export const podsUseSeccomp = resourceRule({
  name: "pods-use-seccomp",
  description: "Every container runs under a seccomp profile.",
  why: "most ways out of a container go through system calls that no program of ours ever makes.",
  fix: "set securityContext.seccompProfile to {type: RuntimeDefault} on the pod. At the level `remediate` that is done for you.",
  settings: z.strictObject({}),
  applies: runsPods,
  check: (resource) =>
    faultyContainers(resource, (container) =>
      PROFILES.includes(securityOf(container, "seccompProfile", "type")) ? [] : ["runs under no seccomp profile"],
    ),
  // Only where nothing is said: a profile that somebody chose is not replaced, but refused.
  remedy: (resource) =>
    podsOf(resource)
      .filter(({ spec }) => valueAt(spec, "securityContext", "seccompProfile") === undefined)
      .map(({ path }) => ({
        path: [...path, "securityContext", "seccompProfile"],
        value: { type: "RuntimeDefault" },
      })),
});
