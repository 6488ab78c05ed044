export interface RefusalBudgetSettings {
  /** Refusals put on record at once. Default: 1,000. */
  readonly burst?: number;
  /** And beyond that, each second in the long run. Default: 1, which is some 20 MB a day on the disk. */
  readonly perSecond?: number;
}

/** How many refusals a process puts on record: whoever sends nothing but bad requests must not be able to fill the audit log's disk. */
export class RefusalBudget {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number | undefined;

  constructor({ burst = 1_000, perSecond = 1 }: RefusalBudgetSettings = {}) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** @param now milliseconds since any moment. */
  take(now: number): boolean {
    const seconds = Math.max(0, now - (this.#at ?? now)) / 1_000;
    this.#at = now;
    this.#left = Math.min(this.#burst, this.#left + seconds * this.#perSecond);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
