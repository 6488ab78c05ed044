export * from "./constants.ts";
export { type NamespaceArgs, planNamespaceLabels, SecureNamespace } from "./namespace.ts";
export { type ApiServerAccess, type Egress, type NetworkAccess, planNetworkPolicies } from "./network-policies.ts";
export {
  DeliveredSecret,
  type DeliveredSecretArgs,
  PlatformSecret,
  type PlatformSecretArgs,
  planExternalSecret,
  type SecretStoreAccess,
  type SecretValue,
  StoredSecret,
  type StoredSecretArgs,
} from "./platform-secret.ts";
