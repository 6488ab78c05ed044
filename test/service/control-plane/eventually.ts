import { setTimeout as delay } from "node:timers/promises";

/** What `look` finds, once it finds something true; what it throws on the way counts as nothing found yet. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T> | T,
  timeoutMillis = 60_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + timeoutMillis;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`timed out waiting until ${what}`, { cause: last });
    await delay(50);
  }
}
