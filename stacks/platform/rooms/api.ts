import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface ApiRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function apiRoom(_platform: Platform): ApiRoom {
  return { ready: [] };
}
