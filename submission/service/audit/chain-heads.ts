import { type ChainHead, EMPTY_CHAIN } from "./block.ts";

/** Keys remembered over all chains; at some 150 bytes each. */
const MAX_KEYS = 200_000;

/** Heads of the chains that were last written or asked for: the only writer needs not ask the table again. */
export class ChainHeads {
  readonly #heads = new Map<string, ChainHead>();
  readonly #maxKeys: number;
  #keys = 0;

  constructor(maxKeys = MAX_KEYS) {
    this.#maxKeys = maxKeys;
  }

  async get(
    ids: ReadonlySet<string>,
    load: (missing: readonly string[]) => Promise<ReadonlyMap<string, ChainHead>>,
  ): Promise<ReadonlyMap<string, ChainHead>> {
    const missing = [...ids].filter((id) => !this.#heads.has(id));
    const loaded = missing.length === 0 ? undefined : await load(missing);
    return new Map([...ids].map((id) => [id, this.#heads.get(id) ?? loaded?.get(id) ?? EMPTY_CHAIN]));
  }

  /** As they are now; the longest unwritten ones are forgotten beyond the bound. */
  set(heads: ReadonlyMap<string, ChainHead>): void {
    for (const [id, head] of heads) {
      this.#forget(id);
      this.#heads.set(id, head);
      this.#keys += head.keys.size;
    }
    for (const id of this.#heads.keys()) {
      if (this.#keys <= this.#maxKeys) break;
      this.#forget(id);
    }
  }

  clear(): void {
    this.#heads.clear();
    this.#keys = 0;
  }

  #forget(id: string): void {
    const head = this.#heads.get(id);
    if (head === undefined) return;
    this.#heads.delete(id);
    this.#keys -= head.keys.size;
  }
}
