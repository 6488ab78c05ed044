import { z } from "zod";
import { knownAt, listAt } from "../../verdict/known.ts";
import { resourceRule } from "../../verdict/rule.ts";
import { containersOf, podsOf, runsPods } from "../pods.ts";

const NAMESPACES = { hostNetwork: "network", hostPID: "processes", hostIPC: "shared memory" } as const;

export const podsStayOffTheHost = resourceRule({
  name: "pods-stay-off-the-host",
  description: "No pod shares the network, the processes, the memory or the files of its node.",
  why: "on the node's network no network policy applies, and the node's files and processes hold the secrets of all its pods.",
  fix: "leave out hostNetwork, hostPID, hostIPC, hostPort and volumes of type hostPath; reach the pod through a Service, keep files in an emptyDir or a claim.",
  settings: z.strictObject({}),
  applies: runsPods,
  check: (resource) => [
    ...podsOf(resource).flatMap(({ spec }) => [
      ...Object.entries(NAMESPACES).flatMap(([field, what]) =>
        knownAt(spec, field) === true ? [`shares the ${what} of its node (${field})`] : [],
      ),
      ...listAt(spec, "volumes").flatMap((volume) =>
        knownAt(volume, "hostPath") === undefined
          ? []
          : [
              `mounts ${String(knownAt(volume, "hostPath", "path"))} of its node (volume ${String(knownAt(volume, "name"))})`,
            ],
      ),
    ]),
    ...containersOf(resource).flatMap(({ name, props }) =>
      listAt(props, "ports").flatMap((port) =>
        knownAt(port, "hostPort") === undefined
          ? []
          : [`has container ${name}, which takes port ${String(knownAt(port, "hostPort"))} of its node`],
      ),
    ),
  ],
});
