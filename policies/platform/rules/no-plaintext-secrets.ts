import { z } from "zod";
import { isProps, listAt, UNKNOWN, valueAt, within } from "../../verdict/known.ts";
import { CHART, kindOf, ofKind, type Resource, VALUES_ONLY } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";
import { containersOf, runsPods } from "../pods.ts";

/** What may make a secret's value: a generator or a vault. A literal has come from nowhere. */
const SOURCES = /^(random|vault|tls|aws:secretsmanager|aws:kms|aws:iam\/accessKey)/;
const SUSPICIOUS = /(password|passwd|secret|token|api[-_]?key|private[-_]?key|access[-_]?key)$/i;
/** Names a secret instead of being one. */
const REFERS = /(existing|ref$|name$|file$|path$)/i;

const KINDS = ["kubernetes:core/Secret", "kubernetes:core/ConfigMap", CHART, "aws:rds/Instance", "aws:rds/Cluster"];
const isOne = ofKind(...KINDS);

export const noPlaintextSecrets = stackRule({
  name: "no-plaintext-secrets",
  description: "A secret's value is generated or read from a vault, never written in a program or its configuration.",
  why: "what is written down is copied into the state, into logs and into every checkout, and cannot be called back.",
  fix: "generate it (components/security's PlatformSecret keeps it in Vault and brings it to the namespace), or name a Secret that External Secrets fills.",
  settings: z.strictObject({}),
  applies: (resource) => isOne(resource) || runsPods(resource),
  check(resource) {
    switch (kindOf(resource)) {
      case "kubernetes:core/Secret":
        return ["data", "stringData"].flatMap((field) => inSecret(resource, field));
      case "kubernetes:core/ConfigMap":
        return suspicious(resource.props.data).map((key) => `keeps ${key} in a ConfigMap`);
      case CHART:
        return inValues(valueAt(resource.props, "values"));
      case "aws:rds/Instance":
      case "aws:rds/Cluster":
        return ["password", "masterPassword"].flatMap((field) =>
          typeof resource.props[field] === "string" && !comesFromSource(resource, field)
            ? [`has its ${field} from no generator and no vault`]
            : [],
        );
      default:
        return inVariables(resource);
    }
  },
});

function inSecret(resource: Resource, field: string): string[] {
  const value = valueAt(resource.props, field);
  const empty = value === undefined || (isProps(value) && Object.keys(value).length === 0);
  return empty || comesFromSource(resource, field) ? [] : [`has ${field} that comes from no generator and no vault`];
}

const comesFromSource = ({ computedFrom }: Resource, field: string): boolean =>
  (computedFrom?.[field] ?? []).some(({ type }) => SOURCES.test(type));

/** Keys whose names say that their value is a secret. */
const suspicious = (data: unknown): string[] =>
  isProps(data) ? Object.keys(data).filter((key) => SUSPICIOUS.test(key) && data[key] !== UNKNOWN) : [];

function inVariables(resource: Resource): string[] {
  return containersOf(resource).flatMap(({ name, props }) =>
    listAt(props, "env").flatMap((variable) => {
      const [key, value] = [valueAt(variable, "name"), valueAt(variable, "value")];
      return typeof key === "string" && SUSPICIOUS.test(key) && typeof value === "string" && value !== ""
        ? [`has container ${name}, which gets ${key} in the clear`]
        : [];
    }),
  );
}

function inValues(values: unknown): string[] {
  return [...within(values)].flatMap(({ path, value }) => {
    const key = path.at(-1) ?? "";
    return SUSPICIOUS.test(key) &&
      !REFERS.test(key) &&
      typeof value === "string" &&
      value !== "" &&
      !value.includes("{{")
      ? [`has the value ${path.join(".")} in the clear ${VALUES_ONLY}`]
      : [];
  });
}
