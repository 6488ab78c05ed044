/** Says once that something is away and once that it is back, however often it was tried meanwhile. */
export class OutageLog {
  readonly #what: string;
  readonly #say: (message: string) => void;
  #failures = 0;
  #since = 0;

  /** @param what completes "... is away", e.g. `the API server` */
  constructor(what: string, say: (message: string) => void) {
    this.#what = what;
    this.#say = say;
  }

  failed(error: unknown): void {
    this.#failures += 1;
    if (this.#failures > 1) return;
    this.#since = performance.now();
    const reason = error instanceof Error ? error.message : String(error);
    this.#say(`${this.#what} is away, and is tried until it is back: ${reason}`);
  }

  worked(): void {
    if (this.#failures === 0) return;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    this.#say(`${this.#what} is back after ${seconds} s: ${this.#failures} tries failed meanwhile`);
    this.#failures = 0;
  }
}
