import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface ComputeRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function computeRoom(_platform: Platform): ComputeRoom {
  return { ready: [] };
}
