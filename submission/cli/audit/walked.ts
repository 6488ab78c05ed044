import type { AuditEntry, Finding } from "../../service/audit/index.ts";

/** Rows of one chain against their hashes and each other, as they came here. */
export async function walked(entries: readonly AuditEntry[]): Promise<readonly Finding[]> {
  const { ChainWalk } = await import("../../service/audit/findings.ts");
  const { sortedPairs } = await import("../../service/audit/hash.ts");
  const walk = new ChainWalk();
  return entries.flatMap((entry) =>
    walk.take({ ...entry, digests: sortedPairs(entry.digests), detail: sortedPairs(entry.detail) }),
  );
}
