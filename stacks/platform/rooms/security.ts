import type * as pulumi from "@pulumi/pulumi";
import type { SecretStoreAccess } from "../../../components/security/index.ts";
import type { Platform } from "../platform.ts";

export interface SecurityNeeds {
  readonly dependsOn: pulumi.Resource[];
}

export interface SecurityRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** Defined where Vault and External Secrets are installed and Vault is initialised (`vault.phase: configured`). */
  readonly secrets: SecretStoreAccess | undefined;
}

export function securityRoom(_platform: Platform, _needs: SecurityNeeds): SecurityRoom {
  return { ready: [], secrets: undefined };
}
