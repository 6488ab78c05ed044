import { z } from "zod";
import type { Rule } from "./rule.ts";

/** What the engine is told about a rule. */
export interface Policy {
  readonly name: string;
  readonly description: string;
  /** Unless the environment chooses another: advisory, remediate or disabled. */
  readonly enforcementLevel: "mandatory";
  /** JSON Schema of each setting. */
  readonly configSchema: { readonly properties: Record<string, object | boolean> };
}

export const toPolicy = ({ name, description, settings }: Rule): Policy => ({
  name,
  description,
  enforcementLevel: "mandatory",
  configSchema: { properties: z.toJSONSchema(settings, { target: "draft-7", io: "input" }).properties ?? {} },
});
