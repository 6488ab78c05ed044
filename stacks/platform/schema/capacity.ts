import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the capacity room; see `../schema.ts`. */
export const CAPACITY_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const CAPACITY_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function capacityFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
