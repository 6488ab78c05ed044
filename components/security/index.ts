export { AuthorityStore, planAuthorityStore } from "./authority-store.ts";
export {
  CERT_MANAGER_API,
  CertManager,
  planCertManagerValues,
  planServerCertificate,
  type ServerCertificateArgs,
  serverCertificate,
} from "./cert-manager.ts";
export { CONFTEST_INPUT, Conftest, type ConftestArgs, planConftestFiles, planConftestPod } from "./conftest.ts";
export * from "./constants.ts";
export {
  EXTERNAL_SECRETS_ACCOUNT,
  EXTERNAL_SECRETS_WEBHOOK_PORTS,
  ExternalSecrets,
  PLATFORM_READER,
  PlatformStore,
  planExternalSecretsValues,
  planPlatformStore,
  planVaultProvider,
  readerAccount,
} from "./external-secrets.ts";
export {
  ENFORCEMENTS,
  type Enforcement,
  GATEKEEPER_WEBHOOK_PORTS,
  Gatekeeper,
  type GatekeeperArgs,
  type PolicyArgs,
  planConstraints,
  planConstraintTemplate,
  planGatekeeperValues,
  rulesInForce,
} from "./gatekeeper.ts";
export { type NamespaceArgs, planNamespaceLabels, SecureNamespace } from "./namespace.ts";
export {
  type ApiServerAccess,
  type Egress,
  EVERY_TEAM,
  type NetworkAccess,
  type Peer,
  planNetworkPolicies,
  type TeamPeers,
} from "./network-policies.ts";
export { publicKeyBytes } from "./pgp.ts";
export {
  DeliveredSecret,
  type DeliveredSecretArgs,
  type Delivery,
  PlatformSecret,
  type PlatformSecretArgs,
  planExternalSecret,
  type SecretStoreAccess,
  type SecretValue,
  StoredSecret,
  type StoredSecretArgs,
} from "./platform-secret.ts";
export { CONTROLLERS, planGateConstraints, planGateTemplate } from "./release-constraints.ts";
export {
  constraintKind,
  type GateLevel,
  gateRego,
  parseReleaseGates,
  planGateLibraries,
  type ReleaseGate,
  regoName,
} from "./release-gates.ts";
export { RULES, type Rule, rego } from "./rules.ts";
export {
  type BootstrapOptions,
  type BootstrapOutcome,
  bootstrapVault,
  STACK_POLICY,
  STACK_ROLE,
  type VaultAnswer,
  type VaultApi,
} from "./vault-bootstrap.ts";
export { planReadPolicy, planVaultLogin, type VaultReader, vaultReader } from "./vault-reader.ts";
export { planVaultConfig, planVaultValues, SEAL_ACTIONS, VaultServer, type VaultServerArgs } from "./vault-server.ts";
export { PLATFORM_READER_PLAN, VaultSetup, type VaultSetupArgs } from "./vault-setup.ts";
