import type {
  PolicyConfigSchema,
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { z } from "zod";
import { judge } from "./judge.ts";
import { isProps, type Props, settle } from "./known.ts";
import type { Resource } from "./resource.ts";
import type { Change, Rule } from "./rule.ts";

/**
 * A rule as Pulumi runs it. The SDK turns a rule that meets an unknown value into advice, whatever its level; here the value is
 * settled first, so that such a rule stops the preview as a finding of its own level.
 */
export function toPolicy(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const common = {
    name: rule.name,
    description: rule.description,
    enforcementLevel: "mandatory",
    configSchema: { properties: propertiesOf(rule.settings) },
  } as const;
  return rule.scope === "resource" ? { ...common, ...aboutResources(rule) } : { ...common, ...aboutStack(rule) };
}

function aboutResources(rule: Rule): Pick<ResourceValidationPolicy, "validateResource" | "remediateResource"> {
  const { remedy } = rule;
  return {
    validateResource: async (args, report) => {
      for (const { message } of await judge(rule, fromArgs(args), settingsOf(args))) report(message);
    },
    ...(remedy === undefined
      ? {}
      : {
          remediateResource: (args) => {
            const changes = remedy(fromArgs(args), settingsOf(args));
            for (const change of changes) apply(args.props, change);
            return changes.length === 0 ? undefined : args.props;
          },
        }),
  };
}

function aboutStack(rule: Rule): Pick<StackValidationPolicy, "validateStack"> {
  return {
    validateStack: async (args, report) => {
      const stack = args.resources.map(fromResource);
      for (const resource of stack) {
        if (!rule.applies(resource)) continue;
        for (const { message } of await judge(rule, resource, settingsOf(args), stack)) report(message, resource.urn);
      }
    },
  };
}

const settingsOf = ({ getConfig }: Pick<ResourceValidationArgs, "getConfig">): Record<string, unknown> => {
  const { enforcementLevel: _, ...settings } = getConfig<Record<string, unknown>>();
  return settings;
};

function fromArgs({ type, name, urn, props, opts, provider }: ResourceValidationArgs): Resource {
  return settled({ type, name, urn, protect: opts.protect, provider }, props);
}

function fromResource(resource: PolicyResource): Resource {
  const { type, name, urn, props, opts, provider, parent } = resource;
  const about = { type, name, urn, protect: opts.protect, provider, parent: parent?.urn };
  const computedFrom = resource.propertyDependencies;
  return settled({ ...about, computedFrom }, props);
}

type Raw = Omit<Resource, "props" | "provider"> & {
  provider: { readonly name: string; readonly props: Record<string, unknown> } | undefined;
};

/** Most rules look at the type and are done: what they do not look at is not copied. */
function settled({ provider, ...about }: Raw, raw: Record<string, unknown>): Resource {
  let props: Props | undefined;
  return {
    ...about,
    get props() {
      props ??= plain(raw);
      return props;
    },
    provider: provider && {
      name: provider.name,
      get props() {
        return plain(provider.props);
      },
    },
  };
}

function plain(raw: Record<string, unknown>): Props {
  const value = settle(raw);
  return isProps(value) ? value : {};
}

/** Into the SDK's own object: a copy would lose which of its values are secret, and which not known. */
function apply(props: Record<string, unknown>, { path, value }: Change): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => {
    if (typeof at !== "object" || at === null) return undefined;
    if (Reflect.get(at, key) === undefined) Reflect.set(at, key, {});
    return Reflect.get(at, key);
  }, props);
  const last = path.at(-1);
  if (typeof parent === "object" && parent !== null && last !== undefined) Reflect.set(parent, last, value);
}

function propertiesOf(settings: z.ZodObject): PolicyConfigSchema["properties"] {
  const { properties } = z.toJSONSchema(settings, { target: "draft-7", io: "input" });
  return (properties ?? {}) as PolicyConfigSchema["properties"];
}
