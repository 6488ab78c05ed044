import type { Resource, StackRule } from "../rule.ts";
import { isKind, objectAt, objectName } from "../shape.ts";

/** What may make a secret's value: a generator or a vault. A literal has come from nowhere. */
const SOURCES = /^(random|vault|tls|aws:secretsmanager|aws:kms)/;
const SUSPICIOUS_KEY = /(password|passwd|secret|token|api[-_]?key|private[-_]?key)$/i;

export const noPlaintextSecrets: StackRule = {
  name: "no-plaintext-secrets",
  description: "A secret's value is generated or read from a vault, never written in a program or its configuration.",
  enforcement: "mandatory",
  scope: "stack",
  check: (resources) =>
    resources
      .flatMap((resource) => [...literalSecret(resource), ...secretInConfigMap(resource)])
      .map(({ resource, why }) => ({
        urn: resource.urn,
        message: `${objectName(resource)} ${why}`,
      })),
};

interface Finding {
  readonly resource: Resource;
  readonly why: string;
}

function literalSecret(resource: Resource): Finding[] {
  if (!isKind(resource, "core", "Secret")) return [];
  return ["data", "stringData"]
    .filter((field) => Object.keys(objectAt(resource.props, field)).length > 0)
    .filter((field) => !(resource.computedFrom?.[field] ?? []).some((type) => SOURCES.test(type)))
    .map((field) => ({ resource, why: `has ${field} that comes from no generator and no vault` }));
}

function secretInConfigMap(resource: Resource): Finding[] {
  if (!isKind(resource, "core", "ConfigMap")) return [];
  return Object.keys(objectAt(resource.props, "data"))
    .filter((key) => SUSPICIOUS_KEY.test(key))
    .map((key) => ({ resource, why: `keeps ${key} in a ConfigMap; use a Secret` }));
}
