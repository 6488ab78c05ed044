import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the security room; see `../schema.ts`. */
export const SECURITY_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const SECURITY_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function securityFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
