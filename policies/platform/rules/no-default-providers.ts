import { z } from "zod";
import { resourceRule } from "../../verdict/rule.ts";

/** Pulumi names the providers it makes up itself `default` or `default_<version>`. */
const DEFAULT = /^default(_|$)/;

/** The engine's own, which only reads other stacks from the state: there is no account to it, and no way to name it. */
const ENGINES_OWN = ["pulumi:pulumi:StackReference", "pulumi:providers:pulumi"];

export const noDefaultProviders = resourceRule({
  name: "no-default-providers",
  description: "Every resource names its provider.",
  why: "a default provider talks to whatever this machine happens to be logged in to, which tomorrow is another account.",
  fix: "pass `provider` in the resource's options, and set pulumi:disable-default-providers to ['*'] for the stack.",
  settings: z.strictObject({}),
  check({ type, name, provider }) {
    if (ENGINES_OWN.includes(type)) return [];
    const made = type.startsWith("pulumi:providers:") ? name : provider?.name;
    return made !== undefined && DEFAULT.test(made) ? ["uses the default provider"] : [];
  },
});
