import type * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { VAULT_AUDIENCE, VAULT_HOST, VAULT_KUBERNETES_AUTH } from "./constants.ts";
import { STACK_ROLE } from "./vault-bootstrap.ts";

/**
 * How a stack gets into Vault: whoever runs it logs in by the AWS identity they have; there is no token to keep.
 *
 * @param address where `pulumi up` reaches it
 */
export const planVaultLogin = (address: string, region: string): vault.ProviderArgs => ({
  address,
  tlsServerName: VAULT_HOST,
  authLoginAws: { mount: "aws", role: STACK_ROLE, awsRegion: region, headerValue: VAULT_HOST },
  skipChildToken: true,
});

/** Reading below some paths and nothing else, in Vault's own language. */
export const planReadPolicy = (...paths: readonly string[]) =>
  paths.map((path) => `path "${path}" {\n  capabilities = ["read"]\n}\n`).join("");

/** One account of the cluster that may log in, and what it may then read. */
export interface VaultReader {
  /** Names policy and role. */
  readonly name: string;
  readonly account: string;
  readonly namespace: string;
  readonly policy: string;
}

/** Lets it log in with a token of its account that is made for Vault alone; what it gets is good for ten minutes. */
export function vaultReader(reader: VaultReader, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const policy = new vault.Policy(`vault-${reader.name}`, { name: reader.name, policy: reader.policy }, opts);
  return new vault.kubernetes.AuthBackendRole(
    `vault-${reader.name}`,
    {
      backend: VAULT_KUBERNETES_AUTH,
      roleName: reader.name,
      boundServiceAccountNames: [reader.account],
      boundServiceAccountNamespaces: [reader.namespace],
      audience: VAULT_AUDIENCE,
      tokenPolicies: [policy.name],
      tokenNoDefaultPolicy: true,
      // Seconds.
      tokenTtl: 600,
      tokenMaxTtl: 3600,
    },
    opts,
  );
}
