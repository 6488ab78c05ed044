import { readFileSync } from "node:fs";

/** Where a rule is looked after: in every namespace that is not exempt, or in those of teams only. */
export type RuleScope = "everywhere" | "teams";

/** One rule about pods: a file in `rego/`, which Gatekeeper enforces and Conftest checks files with. */
export interface Rule {
  /** Name of its file and package. */
  readonly rule: string;
  /** Kind of its constraint. */
  readonly kind: string;
  readonly description: string;
  readonly scope: RuleScope;
}

/**
 * The baseline. What is asked of teams only, some platform systems' own images cannot do; their namespaces enforce Pod Security
 * all the same.
 */
export const RULES: readonly Rule[] = [
  { rule: "non_root", kind: "OrchNonRoot", description: "No container runs as root.", scope: "everywhere" },
  {
    rule: "no_privileges",
    kind: "OrchNoPrivileges",
    description: "No privileges, no capabilities, nothing of the node's own.",
    scope: "everywhere",
  },
  {
    rule: "no_latest_tag",
    kind: "OrchNoLatestTag",
    description: "An image is what it was yesterday: a tag other than latest, or a digest.",
    scope: "everywhere",
  },
  {
    rule: "read_only_root",
    kind: "OrchReadOnlyRoot",
    description: "No container writes to its image.",
    scope: "teams",
  },
  {
    rule: "required_resources",
    kind: "OrchRequiredResources",
    description: "Every container says what it needs and what it may take.",
    scope: "teams",
  },
  {
    rule: "allowed_registries",
    kind: "OrchAllowedRegistries",
    description: "Images come from the registries that the platform allows.",
    scope: "teams",
  },
];

/** The text of a file in `rego/`, which is part of the program. */
export const rego = (name: string): string => readFileSync(new URL(`./rego/${name}.rego`, import.meta.url), "utf8");
