import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface CapacityRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function capacityRoom(_platform: Platform): CapacityRoom {
  return { ready: [] };
}
