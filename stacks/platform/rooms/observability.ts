import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface ObservabilityRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function observabilityRoom(_platform: Platform): ObservabilityRoom {
  return { ready: [] };
}
