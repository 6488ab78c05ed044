import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the api room; see `../schema.ts`. */
export const API_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const API_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function apiFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
