import { createHash } from "node:crypto";

/**
 * Numbers that a seed and a name decide: the n-th number of a stream is a hash of seed, name and n. What one stream is asked for moves
 * no other, so that a new kind of work leaves the arrivals of the others as they are.
 */
export class Stream {
  readonly #name: string;
  #drawn = 0;

  constructor(seed: number, name: string) {
    this.#name = `${seed}/${name}`;
  }

  /** In [0, 1). */
  unit(): number {
    return (
      createHash("sha256")
        .update(`${this.#name}/${this.#drawn++}`)
        .digest()
        .readUInt32BE(0) /
      2 ** 32
    );
  }

  /** In [from, to). */
  between([from, to]: readonly [number, number]): number {
    return from + (to - from) * this.unit();
  }

  /** A whole number from `from` to `to`, both included. */
  whole([from, to]: readonly [number, number]): number {
    return from + Math.floor((to - from + 1) * this.unit());
  }

  /** Until the next of events that come at random, so many in one unit of time on average. */
  pause(rate: number): number {
    return -Math.log(1 - this.unit()) / rate;
  }

  /** So many different ones, in the order in which they were drawn. */
  some<T>(of: readonly T[], count: number): T[] {
    const left = [...of];
    const drawn: T[] = [];
    while (drawn.length < count && left.length > 0)
      drawn.push(...left.splice(Math.floor(this.unit() * left.length), 1));
    return drawn;
  }
}
