export * from "./constants.ts";
export { type NamespaceArgs, planNamespaceLabels, SecureNamespace } from "./namespace.ts";
export { type ApiServerAccess, type Egress, type NetworkAccess, planNetworkPolicies } from "./network-policies.ts";
