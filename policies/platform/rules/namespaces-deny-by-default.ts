import type { Resource, StackRule } from "../rule.ts";
import { isKind, listAt, objectAt, valueAt } from "../shape.ts";

export const namespacesDenyByDefault: StackRule = {
  name: "namespaces-deny-by-default",
  description:
    "Every namespace has a network policy that denies all traffic in and out: what is allowed is then an exception.",
  enforcement: "mandatory",
  scope: "stack",
  check(resources) {
    const denied = new Set(resources.filter(deniesAll).map((policy) => valueAt(policy.props, "metadata", "namespace")));
    return resources
      .filter((resource) => isKind(resource, "core", "Namespace"))
      .map((namespace) => ({ urn: namespace.urn, name: valueAt(namespace.props, "metadata", "name") }))
      .filter(({ name }) => !denied.has(name))
      .map(({ urn, name }) => ({
        urn,
        message: `namespace ${String(name)} has no network policy that selects every pod and allows nothing in either direction`,
      }));
  },
};

function deniesAll(resource: Resource): boolean {
  if (!isKind(resource, "networking.k8s.io", "NetworkPolicy")) return false;
  const { props } = resource;
  const directions = listAt(props, "spec", "policyTypes");
  return (
    Object.keys(objectAt(props, "spec", "podSelector")).length === 0 &&
    ["Ingress", "Egress"].every((direction) => directions.includes(direction)) &&
    listAt(props, "spec", "ingress").length === 0 &&
    listAt(props, "spec", "egress").length === 0
  );
}
