import type { Resource, ResourceRule } from "../rule.ts";
import { isProps, listAt, objectAt, objectName, type Props, valueAt } from "../shape.ts";

export const containersAreConfined: ResourceRule = {
  name: "containers-are-confined",
  description: "No container runs as root, with privileges or with a writable root file system.",
  enforcement: "mandatory",
  scope: "resource",
  check(resource) {
    const pod = podSpec(resource);
    if (pod === undefined) return [];
    return ["initContainers", "containers"]
      .flatMap((kind) => listAt(pod, kind).filter(isProps))
      .flatMap((container) =>
        findings(pod, container).map((why) => `${objectName(resource)}: container ${String(container.name)} ${why}`),
      );
  },
};

function findings(pod: Props, container: Props): string[] {
  const security = objectAt(container, "securityContext");
  const nonRoot = security.runAsNonRoot ?? valueAt(pod, "securityContext", "runAsNonRoot");
  return [
    ...(nonRoot === true ? [] : ["may run as root: set runAsNonRoot"]),
    ...(security.privileged === true ? ["is privileged"] : []),
    ...(security.allowPrivilegeEscalation === false
      ? []
      : ["may gain privileges: set allowPrivilegeEscalation to false"]),
    ...(security.readOnlyRootFilesystem === true ? [] : ["can write to its image: set readOnlyRootFilesystem"]),
    ...(listAt(security, "capabilities", "drop").includes("ALL") ? [] : ["keeps capabilities: drop ALL"]),
  ];
}

/** Where each kind keeps the pods it makes. */
const POD_AT: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

function podSpec({ type, props }: Resource): Props | undefined {
  const [pkg, , kind = ""] = type.split(":");
  const path = pkg === "kubernetes" ? POD_AT[kind] : undefined;
  return path === undefined ? undefined : objectAt(props, ...path);
}
