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

  /** As they are remembered, or as `load` finds them, which then is remembered. Not while a block is being written. */
  async get(
    ids: Iterable<string>,
    load: (missing: readonly string[]) => Promise<ReadonlyMap<string, ChainHead>>,
  ): Promise<ReadonlyMap<string, ChainHead>> {
    const wanted = [...ids];
    const missing = wanted.filter((id) => !this.#heads.has(id));
    const loaded = missing.length === 0 ? undefined : await load(missing);
    const heads = new Map(wanted.map((id) => [id, this.#heads.get(id) ?? loaded?.get(id) ?? EMPTY_CHAIN]));
    this.set(new Map(missing.map((id) => [id, heads.get(id) ?? EMPTY_CHAIN])));
    return heads;
  }

  /** What is remembered of it; undefined: it may have rows all the same. */
  peek(id: string): ChainHead | undefined {
    return this.#heads.get(id);
  }

  /** As they are now; the longest unwritten ones are forgotten beyond the bound. */
  set(heads: ReadonlyMap<string, ChainHead>): void {
    for (const [id, head] of heads) {
      this.#drop(id);
      this.#heads.set(id, head);
      this.#keys += weight(head);
    }
    for (const id of this.#heads.keys()) {
      if (this.#keys <= this.#maxKeys) break;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    const head = this.#heads.get(id);
    if (head === undefined) return;
    this.#heads.delete(id);
    this.#keys -= weight(head);
  }
}

/** An empty chain takes its place too. */
const weight = ({ keys }: ChainHead): number => keys.size + 1;
