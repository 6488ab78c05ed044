import type { Progress } from "./estimate.ts";
import { advance } from "./estimate.ts";
import type { ProgressListener } from "./events.ts";

export interface Clock {
  readonly progress: Progress;
  /** Seconds since the first event could come. */
  readonly elapsed: number;
}

/** Keeps the progress up to date with its events. */
export function follow(onChange: (clock: Clock, before: Progress) => void): {
  listener: ProgressListener;
  now(): Clock;
} {
  let progress: Progress = new Map();
  const begin = performance.now();
  const now = () => ({ progress, elapsed: (performance.now() - begin) / 1000 });
  return {
    now,
    listener(event) {
      const before = progress;
      progress = advance(progress, event);
      onChange(now(), before);
    },
  };
}
