import { setTimeout as sleep } from "node:timers/promises";

/** Longer than the event loop needs to hand over a signal. */
const SIGNAL_DELIVERY_MS = 200;

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The reason of the abort when a signal ended the process's work. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.name = "Interrupted";
    this.signal = signal;
  }
}

/**
 * Runs work that can be stopped. A caller with a signal of its own decides about Ctrl-C itself; for any other the process's signals
 * stop the work first, since compilers run in process groups of their own and would outlive it.
 */
export async function interruptible<T>(
  given: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return work(given);
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => controller.abort(new Interrupted(signal));
  for (const ending of endings) process.on(ending, onSignal);
  const forget = () => {
    for (const ending of endings) process.off(ending, onSignal);
  };
  try {
    return await work(controller.signal);
  } catch (error) {
    forget();
    // Everything is put away: end as the process would have ended without us.
    if (error instanceof Interrupted) {
      process.kill(process.pid, error.signal);
      // Handlers of signals run on a later turn; a process that handles this one itself goes on with the error.
      await sleep(SIGNAL_DELIVERY_MS);
    }
    throw error;
  } finally {
    forget();
  }
}
