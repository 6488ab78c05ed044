import { z } from "zod";
import { resourceRule } from "../../verdict/rule.ts";
import { faultyContainers, runsPods, securityOf } from "../pods.ts";

export const containersDoNotWriteTheirImage = resourceRule({
  name: "containers-do-not-write-their-image",
  description: "The root file system of a container is read-only.",
  why: "what cannot write to its image cannot replace a program in it, and runs tomorrow what was reviewed today.",
  fix: "set securityContext.readOnlyRootFilesystem to true and mount an emptyDir where the program does have to write, e.g. /tmp.",
  settings: z.strictObject({}),
  applies: runsPods,
  check: (resource) =>
    faultyContainers(resource, (container) =>
      securityOf(container, "readOnlyRootFilesystem") === true ? [] : ["can write to its root file system"],
    ),
});
