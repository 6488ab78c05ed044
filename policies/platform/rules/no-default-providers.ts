import type { ResourceRule } from "../rule.ts";

/** Pulumi names the providers it makes up itself `default` or `default_<version>`. */
const DEFAULT = /^default(_|$)/;

export const noDefaultProviders: ResourceRule = {
  name: "no-default-providers",
  description:
    "Every resource names its provider: a default one talks to whatever this machine happens to be logged in to.",
  enforcement: "mandatory",
  scope: "resource",
  check({ type, name, provider }) {
    const made = type.startsWith("pulumi:providers:") ? name : provider;
    return made !== undefined && DEFAULT.test(made)
      ? [`${type} ${name} uses the default provider; pass one explicitly`]
      : [];
  },
};
