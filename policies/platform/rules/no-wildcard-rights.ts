import type { ResourceRule } from "../rule.ts";
import { isKind, isProps, listAt, objectName } from "../shape.ts";

export const noWildcardRights: ResourceRule = {
  name: "no-wildcard-rights",
  description: "A role lists what it allows: a wildcard also covers what will be invented tomorrow.",
  enforcement: "mandatory",
  scope: "resource",
  check(resource) {
    const isRole = ["Role", "ClusterRole"].some((kind) => isKind(resource, "rbac.authorization.k8s.io", kind));
    if (!isRole) return [];
    return listAt(resource.props, "rules")
      .filter(isProps)
      .flatMap((rule) => ["apiGroups", "resources", "verbs"].filter((field) => listAt(rule, field).includes("*")))
      .map((field) => `${objectName(resource)} allows every one of its ${field}; list them`);
  },
};
