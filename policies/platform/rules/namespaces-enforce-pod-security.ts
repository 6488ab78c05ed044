import { z } from "zod";
import { POD_SECURITY_ENFORCE, POD_SECURITY_LEVELS, TEAM_LABEL } from "../../../components/security/constants.ts";
import { knownAt, objectAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

export const namespacesEnforcePodSecurity = resourceRule({
  name: "namespaces-enforce-pod-security",
  description:
    "Every namespace enforces a pod security level, a team's the restricted one: teams bring their own images.",
  why: "it is the gate that holds when every other one is down, because the API server itself keeps it.",
  fix: `label the namespace ${POD_SECURITY_ENFORCE}: restricted, or what the platform's own needs; components/security's SecureNamespace does it.`,
  settings: z.strictObject({}),
  applies: ofKind("kubernetes:core/Namespace"),
  check({ props }) {
    const labels = objectAt(props, "metadata", "labels");
    const level = knownAt(labels, POD_SECURITY_ENFORCE);
    if (!POD_SECURITY_LEVELS.some((known) => known === level))
      return [`has no label ${POD_SECURITY_ENFORCE} (${POD_SECURITY_LEVELS.join(", ")})`];
    return labels[TEAM_LABEL] !== undefined && level !== "restricted"
      ? [`belongs to a team and enforces ${String(level)}; it must be restricted`]
      : [];
  },
});
