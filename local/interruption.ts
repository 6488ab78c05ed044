/** Ctrl-C, a lost terminal or a polite kill, turned into one signal that every step of a long start listens to. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Rejects as soon as the user interrupts, for work that takes no signal. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Resolves when the user interrupts. */
  happened(): Promise<void>;
  done(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function interruptible(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => controller.abort(new Error("interrupted"));
  for (const name of SIGNALS) process.on(name, abort);
  const happened = () =>
    new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  return {
    signal,
    happened,
    race: (work) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(signal.reason);
        if (signal.aborted) stop();
        signal.addEventListener("abort", stop, { once: true });
        work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
      }),
    done: () => {
      for (const name of SIGNALS) process.off(name, abort);
    },
  };
}
