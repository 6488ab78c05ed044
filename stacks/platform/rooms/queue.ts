import type * as pulumi from "@pulumi/pulumi";
import type { BrokerAccess } from "../../../components/queue/index.ts";
import type { SecretStoreAccess } from "../../../components/security/index.ts";
import type { Platform } from "../platform.ts";

export interface QueueNeeds {
  /** Where the users' passwords are kept; undefined: nothing here can be installed. */
  readonly secrets: SecretStoreAccess | undefined;
  readonly dependsOn: pulumi.Resource[];
}

export interface QueueRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
  /** Defined where Redpanda is installed. */
  readonly brokers: BrokerAccess | undefined;
}

export function queueRoom(_platform: Platform, _needs: QueueNeeds): QueueRoom {
  return { ready: [], brokers: undefined };
}
