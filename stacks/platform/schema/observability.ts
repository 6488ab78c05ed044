import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the observability room; see `../schema.ts`. */
export const OBSERVABILITY_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const OBSERVABILITY_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function observabilityFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
