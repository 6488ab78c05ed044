import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform.ts";

export interface RegistryRoom {
  /** What later rooms depend on when they need this one up. */
  readonly ready: pulumi.Resource[];
}

export function registryRoom(_platform: Platform): RegistryRoom {
  return { ready: [] };
}
