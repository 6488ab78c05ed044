import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the registry room; see `../schema.ts`. */
export const REGISTRY_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const REGISTRY_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function registryFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
