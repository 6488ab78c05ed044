import type * as pulumi from "@pulumi/pulumi";
import type { DatabaseAccess, DatabaseName } from "../../../components/registry/index.ts";
import type { SecretStoreAccess } from "../../../components/security/index.ts";
import type { Platform } from "../platform.ts";

export interface RegistryNeeds {
  /** Where passwords are kept; undefined: nothing here can be installed. */
  readonly secrets: SecretStoreAccess | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface RegistryRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** Defined where Postgres is installed. */
  readonly databases: Readonly<Record<DatabaseName, DatabaseAccess>> | undefined;
}

export function registryRoom(_platform: Platform, _needs: RegistryNeeds): RegistryRoom {
  return { ready: [], databases: undefined };
}
