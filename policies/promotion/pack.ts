import type { PolicyConfigSchema, ResourceValidationPolicy } from "@pulumi/policy";
import { z } from "zod";
import { judge } from "./judge.ts";
import { isProps, settle } from "./known.ts";
import type { Rule } from "./rule.ts";

/**
 * A rule as Pulumi runs it. The SDK turns a rule that meets an unknown value into advice, whatever its level; here the value is
 * settled first, so that such a rule stops the preview as a finding of its own level.
 */
export function toPolicy(rule: Rule): ResourceValidationPolicy {
  return {
    name: rule.name,
    description: rule.description,
    enforcementLevel: "mandatory",
    configSchema: { properties: propertiesOf(rule.settings) },
    validateResource: async ({ type, name, props, getConfig }, report) => {
      const { enforcementLevel: _, ...settings } = getConfig<Record<string, unknown>>();
      const settled = settle(props);
      const findings = await judge(rule, { type, name, props: isProps(settled) ? settled : {} }, settings);
      for (const { message } of findings) report(message);
    },
  };
}

function propertiesOf(settings: z.ZodObject): PolicyConfigSchema["properties"] {
  const { properties } = z.toJSONSchema(settings, { target: "draft-7", io: "input" });
  return (properties ?? {}) as PolicyConfigSchema["properties"];
}
