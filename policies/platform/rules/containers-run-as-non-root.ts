import { z } from "zod";
import { resourceRule } from "../../verdict/rule.ts";
import { faultyContainers, runsPods, securityOf } from "../pods.ts";

export const containersRunAsNonRoot = resourceRule({
  name: "containers-run-as-non-root",
  description: "No container runs as root.",
  why: "root in a container is root on the node as soon as anything lets it out, and every escape known so far began as root.",
  fix: "set securityContext.runAsNonRoot to true, and runAsUser to the image's own user where the image names none.",
  settings: z.strictObject({}),
  applies: runsPods,
  check: (resource) =>
    faultyContainers(resource, (container) => [
      ...(securityOf(container, "runAsNonRoot") === true ? [] : ["may run as root: runAsNonRoot is not set"]),
      ...(securityOf(container, "runAsUser") === 0 ? ["runs as user 0, which is root"] : []),
    ]),
});
