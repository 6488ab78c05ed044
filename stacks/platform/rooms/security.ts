import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface SecurityRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function securityRoom(_platform: Platform): SecurityRoom {
  return { ready: [] };
}
