import { z } from "zod";
import type { Finding } from "../consistency.ts";
import type { PlatformConfig } from "../schema.ts";
import { needs } from "./security.ts";

/** Config keys of the audit room; see `../schema.ts`. */
export const AUDIT_SHAPE = {
  audit: z
    .strictObject({
      /** Each server's disk, GiB; a row is about 300 bytes before compression. gp3 costs about 0.08 USD per GiB and month. */
      storageGib: z.int().min(10).max(16_384).default(50),
    })
    .prefault({}),
} as const;

/** A value that is right, for each of them. */
export const AUDIT_EXAMPLES = { audit: { storageGib: 50 } } as const;

/** How these keys fit together, and with the others. */
export function auditFindings({ systems }: Partial<PlatformConfig>): Finding[] {
  return needs(systems, "clickhouse", ["cert-manager", "vault", "external-secrets"]);
}
