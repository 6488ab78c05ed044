import { Listr, ListrLogger, ProcessOutput } from "listr2";
import type { ProgressDisplay } from "./display.ts";
import type { BuildProgress } from "./estimate.ts";
import { secondsLeft, spokenDuration } from "./estimate.ts";
import type { Clock } from "./follow.ts";
import { follow } from "./follow.ts";
import type { ModuleName } from "./modules.ts";
import { announcement, bar, state, title } from "./wording.ts";

/** The time left moves even when no package is finished. */
const REDRAW_MS = 1_000;

/** What of a listr2 task is changed while it runs. */
interface Row {
  show(text: string): void;
  rename(text: string): void;
  end(failed: boolean): void;
}

/** One row with a bar per build, on a terminal. */
export function showBars(stream: NodeJS.WriteStream): ProgressDisplay {
  const rows = new Map<ModuleName, Row>();
  let drawn: Promise<unknown> | undefined;

  const redraw = ({ progress, elapsed }: Clock) => {
    let overall = ` (${spokenDuration(secondsLeft(progress, elapsed))} left in all)`;
    for (const build of progress.values()) {
      const row = rows.get(build.build);
      if (row === undefined || build.phase === "queued") continue;
      if (build.phase === "built" || build.phase === "failed") {
        row.rename(`${title(build)}: ${state(build)}`);
        row.end(build.phase === "failed");
        rows.delete(build.build);
      } else {
        row.show(bar(build) + overall);
        overall = "";
      }
    }
  };
  const followed = follow((clock) => {
    if (drawn === undefined) {
      stream.write(`${announcement(clock.progress)}\n`);
      drawn = drawRows(stream, [...clock.progress.values()], rows);
    }
    redraw(clock);
  });
  const timer = setInterval(() => redraw(followed.now()), REDRAW_MS);
  return {
    listener: followed.listener,
    async close() {
      clearInterval(timer);
      redraw(followed.now());
      for (const row of rows.values()) row.end(true);
      await drawn;
    },
  };
}

function drawRows(
  stream: NodeJS.WriteStream,
  builds: readonly BuildProgress[],
  rows: Map<ModuleName, Row>,
): Promise<unknown> {
  const ends = builds.map((build) => ({ build, end: Promise.withResolvers<void>() }));
  const list = new Listr(
    ends.map(({ build, end }) => ({
      title: title(build),
      task: (_, task) => {
        rows.set(build.build, {
          show: (text) => {
            task.output = text;
          },
          rename: (text) => {
            task.title = text;
          },
          end: (failed) => (failed ? end.reject(new Error("stopped")) : end.resolve()),
        });
        return end.promise;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      collectErrors: false,
      // Ctrl-C belongs to whoever asked for the tools.
      registerSignalListeners: false,
      forceTTY: true,
      rendererOptions: {
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(stream, process.stderr) }),
        showErrorMessage: false,
      },
    },
  );
  return list.run();
}
