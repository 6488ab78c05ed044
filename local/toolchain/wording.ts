import type { BuildProgress, Progress } from "./estimate.ts";
import { secondsLeft, spokenDuration } from "./estimate.ts";
import { spokenList } from "./go.ts";

const BAR_WIDTH = 24;

/** What is about to happen, said once. */
export function announcement(progress: Progress): string {
  const builds = [...progress.values()];
  const tools = builds.flatMap((build) => build.tools);
  return `Building ${spokenList(tools)} once, from pinned Go modules: ${spokenDuration(secondsLeft(progress, 0))} from empty caches on two cores. Ctrl-C is safe; the next start goes on from there.`;
}

export function title({ tools, version }: BuildProgress): string {
  return `${tools.join(", ")} ${version}`;
}

/** One build in words. */
export function state(build: BuildProgress): string {
  switch (build.phase) {
    case "queued":
      return "queued";
    case "waiting":
      return "another process is building it, waiting";
    case "downloading":
      return build.detail === "" ? "downloading sources" : `downloading sources (${build.detail})`;
    case "prepared":
      return `${build.total} packages to compile, next`;
    case "compiling":
      return `${build.done}/${build.total} packages`;
    case "linking":
      return "linking";
    case "built":
      return `built in ${Math.round(build.seconds ?? 0)} s`;
    case "failed":
      return "stopped";
  }
}

export function bar(build: BuildProgress): string {
  if (build.phase !== "compiling" && build.phase !== "linking") return state(build);
  const share = build.phase === "linking" ? 1 : build.done / Math.max(1, build.total);
  const full = Math.round(share * BAR_WIDTH);
  return `${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)} ${state(build)}`;
}

/** All builds in one line, for logs. */
export function summaryLine(progress: Progress, elapsed: number): string {
  const builds = [...progress.values()];
  const active = builds.filter(({ phase }) => !["queued", "prepared", "built", "failed"].includes(phase));
  const queued = builds.filter(({ phase }) => phase === "queued" || phase === "prepared").map(({ build }) => build);
  const parts = active.map((build) => `${build.build}: ${state(build)}`);
  if (queued.length > 0) parts.push(`then ${spokenList(queued)}`);
  return `Tools: ${parts.join("; ")}; ${spokenDuration(secondsLeft(progress, elapsed))} left`;
}
