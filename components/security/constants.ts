/** Names of Pod Security Admission that policies check. No imports here: it must load anywhere. */
export const POD_SECURITY_ENFORCE = "pod-security.kubernetes.io/enforce";
export const POD_SECURITY_WARN = "pod-security.kubernetes.io/warn";
export const POD_SECURITY_AUDIT = "pod-security.kubernetes.io/audit";
export const POD_SECURITY_LEVELS = ["restricted", "baseline", "privileged"] as const;
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number];

/** Set by the API server itself on every namespace. */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";
/** On a team's namespace: the team; Kueue's queues select on it. */
export const TEAM_LABEL = "orch.dev/team";
/** On everything the stack makes. */
export const MANAGED_BY = {
  "app.kubernetes.io/managed-by": "pulumi",
  "app.kubernetes.io/part-of": "orchestration-layer",
} as const;

/** Name of the policy that makes everything else an exception. */
export const DEFAULT_DENY = "default-deny";

export const VAULT_NAMESPACE = "vault";
export const EXTERNAL_SECRETS_NAMESPACE = "external-secrets";
export const EXTERNAL_SECRETS_API = "external-secrets.io/v1";
/** The ClusterSecretStore that reads the platform's own secrets, and Vault's mount that holds them. */
export const PLATFORM_STORE = "platform";
export const PLATFORM_MOUNT = "platform";
/** The ClusterSecretStore that hands out the platform authority's certificate, and the Secret it reads. */
export const AUTHORITY_STORE = "platform-authority";
export const AUTHORITY_SECRET = "platform-authority";
/** Vault's mount that holds the teams' secrets, `<team>/<scope>`. */
export const TEAMS_MOUNT = "teams";

export const CERT_MANAGER_NAMESPACE = "cert-manager";
/** ClusterIssuer that signs what the platform's systems show each other. */
export const PLATFORM_ISSUER = "platform-ca";
export const GATEKEEPER_NAMESPACE = "gatekeeper-system";
/** TCP port of Vault's API, and of its servers among themselves. */
export const VAULT_PORT = 8200;
/** Where Vault is called inside the cluster, and the name its certificate is checked against anywhere. */
export const VAULT_HOST = `vault.${VAULT_NAMESPACE}.svc`;
export const VAULT_URL = `https://${VAULT_HOST}:${VAULT_PORT}`;
/** Holds `ca.crt`, by which its callers know Vault. */
export const VAULT_TLS_SECRET = "vault-tls";
/** Where its servers write down every request and answer. */
export const AUDIT_FOLDER = "/vault/audit";
/** Where accounts of the cluster log in to Vault. */
export const VAULT_KUBERNETES_AUTH = "kubernetes";
/** Whom a token must name to be accepted by Vault. */
export const VAULT_AUDIENCE = "vault";
/** Account in a team's namespace as which its secrets are read. */
export const TEAM_SECRETS_ACCOUNT = "secrets-reader";

/** Nothing of ours decides about these: the cluster could not start, or Gatekeeper itself. */
export const NEVER_CHECKED: readonly string[] = ["kube-system", "kube-node-lease", "kube-public", GATEKEEPER_NAMESPACE];
