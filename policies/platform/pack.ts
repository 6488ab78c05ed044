import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { Resource, Rule } from "./rule.ts";

/** A rule as Pulumi runs it. */
export function toPolicy(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const { name, description, enforcement: enforcementLevel } = rule;
  if (rule.scope === "resource") {
    return {
      name,
      description,
      enforcementLevel,
      validateResource: (args, report) => {
        for (const message of rule.check(fromArgs(args))) report(message);
      },
    };
  }
  return {
    name,
    description,
    enforcementLevel,
    validateStack: ({ resources }, report) => {
      for (const { urn, message } of rule.check(resources.map(fromResource))) report(message, urn);
    },
  };
}

function fromArgs({ type, name, urn, props, provider }: ResourceValidationArgs): Resource {
  return { type, name, urn, props, provider: provider?.name };
}

function fromResource({ type, name, urn, props, provider, propertyDependencies }: PolicyResource): Resource {
  const computedFrom = Object.fromEntries(
    Object.entries(propertyDependencies).map(([property, sources]) => [property, sources.map((source) => source.type)]),
  );
  return { type, name, urn, props, provider: provider?.name, computedFrom };
}
