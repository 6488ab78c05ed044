import { setTimeout as delay } from "node:timers/promises";
import DataLoader from "dataloader";
import pLimit from "p-limit";
import type { AuditEvent, AuditLog, NewEntry } from "../audit/log.ts";
import { FINAL_EVENTS } from "../audit/log.ts";
import { hasEnded, type WorkflowObject } from "../kubernetes/objects.ts";
import type { SubmissionRecord } from "../model.ts";
import { type Patience, patiently } from "../queue/patience.ts";
import { type RunState, runState, withoutEnd } from "../status/run-state.ts";
import { dispatched, endOf, entriesOf, isOver, untold, vanished } from "./entries.ts";
import type { Outlet } from "./outlet.ts";
import { Strangers } from "./strangers.ts";

export interface RecorderOptions {
  readonly audit: Pick<AuditLog, "append" | "events" | "record">;
  readonly outlets: readonly Outlet[];
  /** Told once of each happening, when it is written; after a restart of what is new. */
  readonly onHappened?: (run: RunState, entries: readonly NewEntry[]) => void;
  /** What went wrong and will be tried again. */
  readonly onProblem?: (problem: string, error: unknown) => void;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
  /** Milliseconds between two looks at one run: a large one changes many times a second. Default: 500. */
  readonly pauseMillis?: number;
  /** Milliseconds before the second try after a failure; the wait doubles, up to ten seconds. Default: 500. */
  readonly retryMillis?: number;
}

/** Runs that are written at the same time. */
const AT_ONCE = 256;
/** How long runs that are first seen are gathered, milliseconds. */
const GATHER_MILLIS = 10;
const PAUSE_MILLIS = 500;
/** Longest wait between two tries, milliseconds. */
const LONGEST_WAIT = 10_000;

/** How long whatever a watch does is tried: until it works. */
export const patienceOf = (
  { retryMillis = 500 }: Pick<RecorderOptions, "retryMillis">,
  signal: AbortSignal,
): Patience => ({
  signal,
  firstPauseMillis: retryMillis,
  longestPauseMillis: LONGEST_WAIT,
  retryAll: true,
});

/** What a look at a run came to; `unknown`: the audit log does not know it. */
type Look = "goes on" | "over" | "unknown";

interface Followed {
  /** As it was seen last: what it amounts to is worked out when it is written. */
  latest: WorkflowObject;
  /** Keys that were written. */
  readonly known: Set<string>;
  /** It is one of ours, and its end is not written. */
  admitted: boolean;
  /** The chain says that its Workflow exists. */
  dispatched: boolean;
  record: Promise<SubmissionRecord> | undefined;
  deleted: boolean;
  working: boolean;
  changed: boolean;
}

/**
 * Writes what becomes of each run. A change is written to the audit log first and then told to the sinks, the end of a run the other way
 * round: a run whose end stands in the log has been told whole, or the log says to whom it was not; one whose end does not is told again
 * after a restart.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #runs = new Map<string, Followed>();
  readonly #limit = pLimit(AT_ONCE);
  readonly #underWay = new Set<Promise<void>>();
  readonly #strangers: Strangers;
  readonly #closing = new AbortController();
  /** Runs are first seen by the thousand after a restart: all that ask in one turn are one question. */
  readonly #events: DataLoader<string, ReadonlySet<AuditEvent>>;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#strangers = new Strangers((workflow) => this.#follow(workflow, false), options.retryMillis);
    this.#events = new DataLoader(
      async (ids) => {
        const known = await options.audit.events(ids);
        return ids.map((id) => known.get(id) ?? new Set());
      },
      { cache: false, maxBatchSize: AT_ONCE, batchScheduleFn: (ask) => setTimeout(ask, GATHER_MILLIS) },
    );
  }

  /** Runs that are not over, or whose end is not written yet. */
  get open(): number {
    return this.#runs.size;
  }

  seen(workflow: WorkflowObject): void {
    if (!this.#strangers.waits(workflow)) this.#follow(workflow, false);
  }

  deleted(workflow: WorkflowObject): void {
    const before = this.#strangers.forget(workflow);
    this.#follow(before !== undefined && hasEnded(before) ? before : workflow, true);
  }

  /** Waits until everything that was seen is written and told. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Stops trying; what is not written is seen again after a restart. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#strangers.close();
    await this.settled();
  }

  #follow(workflow: WorkflowObject, deleted: boolean): void {
    const id = workflow.metadata.name;
    const followed = this.#runs.get(id) ?? {
      latest: workflow,
      known: new Set(),
      admitted: false,
      dispatched: false,
      record: undefined,
      deleted: false,
      working: false,
      changed: false,
    };
    this.#runs.set(id, followed);
    // What a deletion still tells of a run that is over is less than what was seen before.
    if (!deleted || !hasEnded(followed.latest)) followed.latest = workflow;
    followed.deleted ||= deleted;
    followed.changed = true;
    if (followed.working) return;
    followed.working = true;
    const work = this.#work(id, followed);
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async #work(id: string, followed: Followed): Promise<void> {
    try {
      while (followed.changed) {
        followed.changed = false;
        const look = await this.#persist(id, followed);
        if (look !== "goes on") {
          this.#runs.delete(id);
          if (look === "unknown" && !followed.deleted) this.#strangers.add(followed.latest);
          return;
        }
        await delay(this.#options.pauseMillis ?? PAUSE_MILLIS, undefined, { signal: this.#closing.signal });
      }
    } catch (error) {
      // Seen again with the next change of the run, or after a restart.
      if (!this.#closing.signal.aborted) this.#options.onProblem?.(`${id} could not be written`, error);
    } finally {
      followed.working = false;
    }
  }

  /**
   * A run holds its place among those that are written while it is written and while the audit log is away, when no other could use it; not
   * when it pauses, between two changes or because it fails by itself.
   */
  #persist(id: string, followed: Followed): Promise<Look> {
    const patience = patienceOf(this.#options, this.#closing.signal);
    const onFailure = (error: unknown) =>
      this.#options.onProblem?.(`${id} could not be written; it will be tried again`, error);
    const inPlace = () => patiently(() => this.#write(id, followed), { ...patience, retryAll: false, onFailure });
    return patiently(() => this.#limit(inPlace), patience);
  }

  async #write(id: string, followed: Followed): Promise<Look> {
    const { onHappened, now = Date.now } = this.#options;
    if (!followed.admitted) {
      const events = await this.#events.load(id);
      if (!events.has("accepted")) return "unknown";
      this.#strangers.forget(followed.latest);
      if (FINAL_EVENTS.some((event) => events.has(event))) return "over";
      followed.admitted = true;
      followed.dispatched = events.has("dispatched");
    }
    const seen = runState(followed.latest);
    const end = endOf(seen) ?? (followed.deleted ? vanished(now()) : undefined);
    const run = end === undefined ? seen : withoutEnd(seen, end.at);
    const fresh = entriesOf(seen).filter((entry) => !isOver([entry]) && !followed.known.has(entry.key));
    if (fresh.length > 0) await this.#append(id, followed, fresh);
    for (const { key } of fresh) followed.known.add(key);
    if (fresh.length > 0) onHappened?.(run, fresh);
    if (fresh.length === 0 && end === undefined) return "goes on";
    const missed = await this.#tell(id, followed, run, end === undefined ? fresh : [...fresh, end]);
    if (end === undefined) return "goes on";
    await this.#append(id, followed, [...missed.map(({ name }) => untold(name, end.at)), end]);
    for (const outlet of missed) outlet.owes(id);
    onHappened?.(run, [end]);
    return "over";
  }

  /** Nothing happens to a run before it is dispatched, though whoever dispatched it may write more slowly, or have been killed. */
  async #append(id: string, followed: Followed, entries: readonly NewEntry[]): Promise<void> {
    const before = followed.dispatched ? [] : [dispatched(followed.latest)];
    await this.#options.audit.append(id, [...before, ...entries]);
    followed.dispatched = true;
  }

  /** @returns those that could not be told */
  async #tell(id: string, followed: Followed, run: RunState, entries: readonly NewEntry[]): Promise<readonly Outlet[]> {
    const record = () => {
      followed.record ??= this.#recordOf(id).catch((error: unknown) => {
        followed.record = undefined;
        throw error;
      });
      return followed.record;
    };
    const { outlets } = this.#options;
    const told = await Promise.all(outlets.map((outlet) => outlet.tell({ record, run, entries })));
    return outlets.filter((_, at) => told[at] !== true);
  }

  async #recordOf(id: string): Promise<SubmissionRecord> {
    const record = await this.#options.audit.record(id);
    if (record === undefined) throw new Error(`the audit log has rows of ${id} and not the submission`);
    return record;
  }
}
