import { z } from "zod";
import { knownAt, listAt, objectAt, UNKNOWN, valueAt } from "../../verdict/known.ts";
import { ofKind, type Resource } from "../../verdict/resource.ts";
import { stackRule } from "../../verdict/rule.ts";

const isPolicy = ofKind("kubernetes:networking.k8s.io/NetworkPolicy");

export const namespacesDenyByDefault = stackRule({
  name: "namespaces-deny-by-default",
  description:
    "Every namespace has a network policy that denies all traffic in and out: what is allowed is then an exception.",
  why: "without one every pod reaches every other, the API server and the Internet, whoever's program it runs.",
  fix: "make the namespace with components/security's SecureNamespace, or add a NetworkPolicy that selects every pod, names both directions and allows nothing.",
  settings: z.strictObject({}),
  applies: ofKind("kubernetes:core/Namespace"),
  check(namespace, _, stack) {
    const name = knownAt(namespace.props, "metadata", "name");
    const own = stack.filter((one) => isPolicy(one) && valueAt(one.props, "metadata", "namespace") === name);
    return own.some(deniesAll)
      ? []
      : ["has no network policy that selects every pod and allows nothing in either direction"];
  },
});

function deniesAll({ props }: Resource): boolean {
  if (valueAt(props, "spec") === UNKNOWN) return false;
  const directions = listAt(props, "spec", "policyTypes");
  return (
    Object.keys(objectAt(props, "spec", "podSelector")).length === 0 &&
    ["Ingress", "Egress"].every((direction) => directions.includes(direction)) &&
    listAt(props, "spec", "ingress").length === 0 &&
    listAt(props, "spec", "egress").length === 0
  );
}
