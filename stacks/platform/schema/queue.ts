import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";

/** Config keys of the queue room; see `../schema.ts`. */
export const QUEUE_SHAPE = {} as const;

/** A value that is right, for each of them. */
export const QUEUE_EXAMPLES = {} as const;

/** How these keys fit together, and with the others. */
export function queueFindings(_config: Partial<PlatformConfig>): Finding[] {
  return [];
}
