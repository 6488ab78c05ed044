import { z } from "zod";
import { listAt } from "../../verdict/known.ts";
import { ofKind } from "../../verdict/resource.ts";
import { resourceRule } from "../../verdict/rule.ts";

export const noWildcardRights = resourceRule({
  name: "no-wildcard-rights",
  description: "A role in the cluster lists what it allows.",
  why: "a wildcard also covers what will be installed tomorrow, secrets and rights themselves among it.",
  fix: "list the API groups, resources and verbs that the program asks for; its log says which were refused.",
  settings: z.strictObject({}),
  applies: ofKind("kubernetes:rbac.authorization.k8s.io/Role", "kubernetes:rbac.authorization.k8s.io/ClusterRole"),
  check: ({ props }) =>
    listAt(props, "rules")
      .flatMap((rule) => ["apiGroups", "resources", "verbs"].filter((field) => listAt(rule, field).includes("*")))
      .map((field) => `allows every one of its ${field}`),
});
