import { POD_SECURITY_ENFORCE, POD_SECURITY_LEVELS, TEAM_LABEL } from "../../../components/security/constants.ts";
import type { ResourceRule } from "../rule.ts";
import { isKind, objectAt, objectName } from "../shape.ts";

export const namespacesEnforcePodSecurity: ResourceRule = {
  name: "namespaces-enforce-pod-security",
  description:
    "Every namespace enforces a pod security level, a team's the restricted one: teams bring their own images.",
  enforcement: "mandatory",
  scope: "resource",
  check(resource) {
    if (!isKind(resource, "core", "Namespace")) return [];
    const labels = objectAt(resource.props, "metadata", "labels");
    const level = labels[POD_SECURITY_ENFORCE];
    if (!POD_SECURITY_LEVELS.some((known) => known === level)) {
      return [
        `namespace ${objectName(resource)} has no label ${POD_SECURITY_ENFORCE} (${POD_SECURITY_LEVELS.join(", ")})`,
      ];
    }
    if (labels[TEAM_LABEL] !== undefined && level !== "restricted") {
      return [
        `namespace ${objectName(resource)} belongs to a team and enforces ${String(level)}; it must be restricted`,
      ];
    }
    return [];
  },
};
