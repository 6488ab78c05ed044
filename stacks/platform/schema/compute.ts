import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the compute room; see `../schema.ts`. */
export const COMPUTE_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const COMPUTE_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function computeFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
