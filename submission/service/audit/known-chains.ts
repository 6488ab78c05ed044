import { createHash } from "node:crypto";
import { EVENTS } from "./rows.ts";
import type { AuditTables } from "./store.ts";

/** One MiB: of half a million chains, one in 500 that are not there is looked for. */
const BITS = 1 << 23;
const BITS_OF_ONE = 4;

/**
 * Which chains there may be, as a Bloom filter: a new submission needs not be looked for in the tables. Says no only of what was
 * never added; the more chains, the more often it says yes for nothing, which costs one query.
 */
export class KnownChains {
  readonly #bits = new Uint8Array(BITS / 8);

  static async of(tables: AuditTables): Promise<KnownChains> {
    const known = new KnownChains();
    for (const [id] of await tables.rows<[string]>(`SELECT submission_id FROM ${EVENTS} WHERE sequence = 0`)) {
      known.add(id);
    }
    return known;
  }

  add(id: string): void {
    for (const { byte, bit } of places(id)) this.#bits[byte] = (this.#bits[byte] ?? 0) | bit;
  }

  mayHave(id: string): boolean {
    return places(id).every(({ byte, bit }) => ((this.#bits[byte] ?? 0) & bit) !== 0);
  }
}

/** Of SHA-256 any four bytes are as good as any others. */
function places(id: string): { readonly byte: number; readonly bit: number }[] {
  const digest = createHash("sha256").update(id, "utf8").digest();
  return Array.from({ length: BITS_OF_ONE }, (_, index) => {
    const place = digest.readUInt32LE(index * 4) % BITS;
    return { byte: place >>> 3, bit: 1 << (place & 7) };
  });
}
