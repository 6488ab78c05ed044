/** A resource as a rule sees it: plain data, so that a rule can be tested without an engine. */
export interface Resource {
  /** Pulumi's type token, e.g. `kubernetes:core/v1:Namespace`. */
  readonly type: string;
  /** The resource's name in the stack. */
  readonly name: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** Name of the provider resource that manages it; none for components. */
  readonly provider?: string | undefined;
  /** Types of the resources each property was computed from; known to stack rules only. */
  readonly computedFrom?: Readonly<Record<string, readonly string[]>>;
}

interface RuleBase {
  /** Stable, e.g. `no-default-providers`. */
  readonly name: string;
  /** What must hold, and why. */
  readonly description: string;
  readonly enforcement: "mandatory" | "advisory";
}

/** Decides about one resource by itself, before it is created. */
export interface ResourceRule extends RuleBase {
  readonly scope: "resource";
  /** What is wrong with it; nothing, if it is right or not the rule's business. */
  readonly check: (resource: Resource) => readonly string[];
}

/** Decides about all resources of the stack together. */
export interface StackRule extends RuleBase {
  readonly scope: "stack";
  readonly check: (resources: readonly Resource[]) => readonly { readonly urn: string; readonly message: string }[];
}

export type Rule = ResourceRule | StackRule;
