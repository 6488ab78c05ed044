export { containersAreConfined } from "./containers-are-confined.ts";
export { controlPlaneIsClosed } from "./control-plane-is-closed.ts";
export { namespacesDenyByDefault } from "./namespaces-deny-by-default.ts";
export { namespacesEnforcePodSecurity } from "./namespaces-enforce-pod-security.ts";
export { noDefaultProviders } from "./no-default-providers.ts";
export { noPlaintextSecrets } from "./no-plaintext-secrets.ts";
export { noWildcardRights } from "./no-wildcard-rights.ts";
