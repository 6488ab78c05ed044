import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A lock whose owner was killed counts as left behind after this time. */
const STALE_MS = 20_000;
const LOOK_AGAIN_MS = 500;

/**
 * Runs `work` as the only process that builds into `folder`. A second one waits.
 * @param onWait called once when another process holds the folder
 */
export async function withFolderLock<T>(
  folder: string,
  options: { signal: AbortSignal; onWait: () => void },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { lock } = await import("proper-lockfile");
  await mkdir(folder, { recursive: true });
  const lost = new AbortController();
  let told = false;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      const release = await lock(folder, {
        lockfilePath: join(folder, ".lock"),
        realpath: false,
        stale: STALE_MS,
        onCompromised: (reason) => lost.abort(reason),
      });
      try {
        return await work(AbortSignal.any([options.signal, lost.signal]));
      } finally {
        if (!lost.signal.aborted) await release();
      }
    } catch (error) {
      if (!isHeld(error)) throw error;
      if (!told) options.onWait();
      told = true;
      await sleep(LOOK_AGAIN_MS, undefined, { signal: options.signal });
    }
  }
}

function isHeld(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ELOCKED";
}
