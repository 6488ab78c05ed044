import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface QueueRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function queueRoom(_platform: Platform): QueueRoom {
  return { ready: [] };
}
