import type { Writable } from "node:stream";
import { showBars } from "./bars.ts";
import { secondsLeft, spokenDuration } from "./estimate.ts";
import type { ProgressListener } from "./events.ts";
import { follow } from "./follow.ts";
import { announcement, state, summaryLine, title } from "./wording.ts";

/** Without a terminal: often enough to see that it lives, seldom enough for a CI log. */
const PLAIN_LINE_MS = 15_000;

export interface ProgressDisplay {
  readonly listener: ProgressListener;
  /** Stops drawing; the last state stays. */
  close(): Promise<void>;
}

/** Draws what happens while tools are built: a terminal gets bars that move, anything else gets lines. */
export function showProgress(stream: Writable): ProgressDisplay {
  return isTerminal(stream) ? showBars(stream) : showLines(stream);
}

function isTerminal(stream: Writable): stream is NodeJS.WriteStream {
  return "isTTY" in stream && stream.isTTY === true;
}

function showLines(stream: Writable): ProgressDisplay {
  const say = (line: string) => stream.write(`${line}\n`);
  const followed = follow(({ progress, elapsed }, before) => {
    if (before.size === 0 && progress.size > 0) say(announcement(progress));
    for (const build of progress.values()) {
      const phaseBefore = before.get(build.build)?.phase;
      if (phaseBefore !== build.phase && build.phase === "waiting") say(`${title(build)}: ${state(build)}`);
      if (phaseBefore !== build.phase && build.phase === "built") {
        const left = [...progress.values()].some(({ seconds }) => seconds === undefined)
          ? `, ${spokenDuration(secondsLeft(progress, elapsed))} left`
          : "";
        say(`${title(build)}: ${state(build)}${left}`);
      }
    }
  });
  const timer = setInterval(() => {
    const { progress, elapsed } = followed.now();
    if (progress.size > 0) say(summaryLine(progress, elapsed));
  }, PLAIN_LINE_MS);
  return {
    listener: followed.listener,
    async close() {
      clearInterval(timer);
    },
  };
}
