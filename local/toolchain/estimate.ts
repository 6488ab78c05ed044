import type { PlannedBuild, ToolchainEvent } from "./events.ts";
import type { ModuleName } from "./modules.ts";

/** A prepared build has its sources and waits for its turn. */
export type BuildPhase =
  | "queued"
  | "waiting"
  | "downloading"
  | "prepared"
  | "compiling"
  | "linking"
  | "built"
  | "failed";

export interface BuildProgress extends PlannedBuild {
  readonly phase: BuildPhase;
  /** Packages compiled, of `total`. */
  readonly done: number;
  /** Packages that have to be compiled; what Go's cache still holds from an interrupted build is not among them. */
  readonly total: number;
  /** What is being worked on: a Go module while downloading. */
  readonly detail: string;
  /** Seconds it took, once built. */
  readonly seconds: number | undefined;
}

export type Progress = ReadonlyMap<ModuleName, BuildProgress>;

/** Share of a build's seconds that go by before its first package and after its last one. */
const DOWNLOAD_SHARE = 0.1;
const LINK_SHARE = 0.1;

/** The next state. Pure: the display and its tests feed it events. */
export function advance(progress: Progress, event: ToolchainEvent): Progress {
  if (event.kind === "planned") {
    return new Map(
      event.builds.map((planned) => [
        planned.build,
        { ...planned, phase: "queued", done: 0, total: planned.packages, detail: "", seconds: undefined },
      ]),
    );
  }
  const before = progress.get(event.build);
  if (before === undefined) return progress;
  return new Map(progress).set(event.build, { ...before, ...change(before, event) });
}

function change(
  before: BuildProgress,
  event: Exclude<ToolchainEvent, { kind: "planned" }>,
): Partial<BuildProgress> & Pick<BuildProgress, "phase"> {
  switch (event.kind) {
    case "downloading":
      return { phase: event.kind, detail: `${event.modules} modules, ${event.latest}` };
    case "prepared":
      return { phase: event.kind, total: event.total, detail: "" };
    case "compiling":
      return { phase: event.kind, done: event.done, total: event.total, detail: "" };
    case "built":
      return { phase: event.kind, done: before.total, seconds: event.seconds, detail: "" };
    default:
      return { phase: event.kind, detail: "" };
  }
}

/** Seconds of work on the reference machine: all of it, and what is left of it. */
export function referenceWork(build: BuildProgress): { readonly all: number; readonly left: number } {
  // What a cache already holds is not work; a build that is not counted yet is taken for a cold one.
  const cold = Math.min(1, build.total / build.packages);
  const ends = DOWNLOAD_SHARE + LINK_SHARE;
  const compile = build.coldSeconds * (1 - ends) * cold;
  const download = build.coldSeconds * DOWNLOAD_SHARE * cold;
  const link = build.coldSeconds * LINK_SHARE;
  const all = download + compile + link;
  switch (build.phase) {
    case "built":
    case "failed":
      return { all, left: 0 };
    case "linking":
      return { all, left: link / 2 };
    case "compiling":
      return { all, left: compile * (1 - build.done / Math.max(1, build.total)) + link };
    case "prepared":
      return { all, left: compile + link };
    default:
      return { all, left: all };
  }
}

/** Below this much done work the machine's own speed is noise and the reference machine's is used. */
const TRUSTED_SECONDS = 15;

/**
 * Seconds until all tools are built. The pace is this machine's own, over all that is done so far, so builds that run side by side
 * and a machine busy with other things are both counted.
 * @param elapsed seconds since the first build began
 */
export function secondsLeft(progress: Progress, elapsed: number): number {
  let all = 0;
  let left = 0;
  for (const build of progress.values()) {
    const work = referenceWork(build);
    all += work.all;
    left += work.left;
  }
  const done = all - left;
  // Grows from "the reference machine" to "what was seen here" over the first minute's worth of work.
  const trust = elapsed <= 0 ? 0 : Math.min(1, Math.max(0, (done - TRUSTED_SECONDS) / 45));
  const pace = trust === 0 ? 1 : (elapsed / done) * trust + (1 - trust);
  return left * pace;
}

/** "less than a minute", "about 4 min". Nobody is helped by seconds that jump. */
export function spokenDuration(seconds: number): string {
  if (seconds < 45) return "less than a minute";
  return `about ${Math.round(seconds / 60) || 1} min`;
}
