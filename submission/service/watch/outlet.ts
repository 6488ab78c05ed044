import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import type { AuditLog } from "../audit/log.ts";
import { patiently, untilStopped } from "../queue/patience.ts";
import { Unavailable } from "../unavailable.ts";
import { isOver, told } from "./entries.ts";
import { runOfChain } from "./run-of-chain.ts";
import type { Happened, News, RunSink } from "./sink.ts";

export interface OutletOptions {
  readonly sink: RunSink;
  readonly audit: Pick<AuditLog, "append" | "chain" | "record" | "untold">;
  readonly onProblem?: (problem: string, error: unknown) => void;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
  /** Milliseconds before the second try; the wait doubles, up to a minute. Default: 500. */
  readonly retryMillis?: number;
}

/** Runs that are looked up at a time, however many wait. */
const PAGE = 100;
/** Runs that are told at the same time once the sink is back. */
const AT_ONCE = 8;
/** Tries at a run that is itself the fault. */
const TRIES = 5;
/** Such runs that are remembered, so that they are left alone for an hour. */
const MOST_SET_ASIDE = 10_000;
const LONGEST_WAIT = 60_000;
/** Milliseconds a run waits for a slow sink before it is told later. */
const PATIENCE = 10_000;
/** How often it is asked for runs that another process left untold, and how long a run is set aside; milliseconds. */
const HOUR = 3_600_000;

/**
 * One sink, and what it does not know yet. While it answers it is told at once. When it does not, nobody waits for it: of runs that go on
 * only the names are kept, a run that ends leaves an `untold` row in the audit log beside its end, and one run after the other is tried
 * with growing pauses. Once one goes through, all are told what the audit log says of them, also after a restart and when their
 * Workflows are gone.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #closing = new AbortController();
  readonly #serving: Promise<unknown>;
  /** Runs under way that it does not know all of; whether there is more since one began to tell it. */
  readonly #behind = new Map<string, boolean>();
  /** What it was handed of runs that are not over, or that are being told: it goes with the run, or with this outlet. */
  readonly #told = new Map<string, Set<string>>();
  /** Runs that are themselves the fault, and since when, in milliseconds; oldest first. */
  readonly #setAside = new Map<string, number>();
  /** When the audit log was asked last for runs that are untold. */
  #askedAt = 0;
  #away = false;
  /** There may be runs that are over and untold. */
  #owing = true;
  #wake: () => void = () => undefined;

  constructor(options: OutletOptions) {
    this.#options = options;
    const { signal } = this.#closing;
    this.#serving = untilStopped(this.#serve(), signal).catch((error: unknown) =>
      this.#problem("is not told any more what it missed", error),
    );
  }

  get name(): string {
    return this.#options.sink.name;
  }

  /** Whether the last that was tried failed for want of the sink. */
  get away(): boolean {
    return this.#away;
  }

  /** @returns whether it was handed over; if not, it is told later: a run that is over once `owes` was called */
  async tell(news: News): Promise<boolean> {
    const id = news.run.submissionId;
    if (!this.#away && !this.#behind.has(id)) {
      try {
        if (await this.#inTime({ ...news, told: this.#toldOf(id) })) {
          if (isOver(news.entries)) this.#told.delete(id);
          return true;
        }
      } catch (error) {
        this.#failed(id, error);
      }
    }
    this.#behind.set(id, true);
    this.#wake();
    return false;
  }

  /** A slow sink goes on with it; as nobody waits for what comes of that, it is told again, which is harmless. */
  async #inTime(happened: Happened): Promise<boolean> {
    const waited = new AbortController();
    const handed = this.#options.sink.tell(happened).then(() => true);
    const late = delay(PATIENCE, false, { signal: waited.signal }).catch(() => false);
    try {
      return await Promise.race([handed, late]);
    } finally {
      waited.abort();
      handed.catch(() => undefined);
    }
  }

  /** The audit log says that this run is over and untold. */
  owes(submissionId: string): void {
    this.#behind.delete(submissionId);
    this.#told.delete(submissionId);
    this.#owing = true;
    this.#wake();
  }

  #toldOf(id: string): Set<string> {
    const names = this.#told.get(id) ?? new Set();
    this.#told.set(id, names);
    return names;
  }

  /** What is not told yet is told after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // Another run with each try: one that the sink always fails on holds back no other.
      let turn = 0;
      const [first, others] = await this.#persist(async () => {
        const due = await this.#due();
        const run = due[turn++ % due.length];
        if (run !== undefined) await this.#tellLater(run);
        return [run, due.filter((other) => other !== run)] as const;
      });
      // With nothing to tell it was the audit log that was away, or what the sink failed on is told by now.
      if (this.#away) this.#problem("is told again, first of all what it missed", undefined);
      this.#away = false;
      if (first === undefined) {
        await this.#woken();
        continue;
      }
      const limit = pLimit(AT_ONCE);
      await Promise.all(others.map((run) => limit(() => this.#unlessAway(run))));
    }
  }

  /** The next runs that are untold. */
  async #due(): Promise<readonly Due[]> {
    const open = [...this.#behind.keys()].slice(0, PAGE).map((id) => ({ id, over: false }));
    const now = this.#now();
    if (!this.#owing && now < this.#nextLook()) return open;
    this.#owing = false;
    for (const [id, since] of this.#setAside) if (now - since >= HOUR) this.#setAside.delete(id);
    try {
      const ids = await this.#options.audit.untold(this.name, PAGE + this.#setAside.size);
      const over = ids.filter((id) => !this.#setAside.has(id) && !this.#behind.has(id));
      this.#owing ||= over.length > 0;
      this.#askedAt = now;
      return [...open, ...over.map((id) => ({ id, over: true }))];
    } catch (error) {
      this.#owing = true;
      throw error;
    }
  }

  /** When the audit log is asked though nobody says that there is something to tell. */
  #nextLook(): number {
    const [longest = this.#askedAt] = this.#setAside.values();
    return Math.min(this.#askedAt, longest) + HOUR;
  }

  #now(): number {
    const { now = Date.now } = this.#options;
    return now();
  }

  async #unlessAway(run: Due): Promise<void> {
    if (this.#away || this.#closing.signal.aborted) return;
    try {
      await this.#tellLater(run);
    } catch (error) {
      this.#failed(run.id, error);
    }
  }

  /** Throws `Unavailable`; a run that is itself the fault is set aside. */
  async #tellLater({ id, over }: Due): Promise<void> {
    const attempt = async (): Promise<Unavailable | undefined> => {
      try {
        await this.#tellFromChain(id, over);
        return undefined;
      } catch (error) {
        if (error instanceof Unavailable) return error;
        throw error;
      }
    };
    const patience = { tries: TRIES, retryAll: true, signal: this.#closing.signal };
    let away: Unavailable | undefined;
    try {
      away = await patiently(attempt, { ...patience, firstPauseMillis: this.#options.retryMillis ?? 500 });
    } catch (error) {
      this.#closing.signal.throwIfAborted();
      this.#problem(`cannot be told of ${id}, which is left for later`, error);
      this.#behind.delete(id);
      if (!over) return;
      this.#told.delete(id);
      const [longest] = this.#setAside.keys();
      if (longest !== undefined && this.#setAside.size >= MOST_SET_ASIDE) this.#setAside.delete(longest);
      this.#setAside.set(id, this.#now());
    }
    if (away !== undefined) throw away;
  }

  async #tellFromChain(id: string, over: boolean): Promise<void> {
    const { audit, sink } = this.#options;
    // It may have ended since this was begun.
    if (!over && this.#behind.has(id)) this.#behind.set(id, false);
    const record = await audit.record(id);
    if (record === undefined) throw new Error(`the audit log has rows of ${id} and not the submission`);
    const chain = await audit.chain(id);
    // Its end is what it is untold of: this answer comes from a replica that is behind.
    if (over && !isOver(chain)) throw new Error(`the audit log does not have the end of ${id} at hand`);
    const run = runOfChain(record, chain);
    await sink.tell({ record: async () => record, run, entries: chain, told: this.#toldOf(id) });
    if (over) await audit.append(id, [told(sink.name, this.#now())]);
    else if (this.#behind.get(id) === false) this.#behind.delete(id);
    if (isOver(chain)) this.#told.delete(id);
  }

  #failed(id: string, error: unknown): void {
    if (error instanceof Unavailable) this.#isAway(error);
    else this.#problem(`could not be told of ${id}; it will be tried again`, error);
  }

  #isAway(error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    this.#problem("cannot be told now; what happens to runs is remembered and told later", error);
  }

  #persist<T>(work: () => Promise<T>): Promise<T> {
    return patiently(work, {
      signal: this.#closing.signal,
      firstPauseMillis: this.#options.retryMillis ?? 500,
      longestPauseMillis: LONGEST_WAIT,
      retryAll: true,
      onFailure: (error) => this.#isAway(error),
    });
  }

  async #woken(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    // Something may have come between the last look and this one.
    if (this.#behind.size > 0 || this.#owing) return;
    const waited = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, waited.signal]);
    const wait = Math.min(HOUR, Math.max(0, this.#nextLook() - this.#now()));
    const later = delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([promise, later]);
    waited.abort();
  }

  #problem(problem: string, error: unknown): void {
    this.#options.onProblem?.(`${this.name} ${problem}`, error);
  }
}

/** A run that is to be told. */
interface Due {
  readonly id: string;
  /** The audit log says that it is over and untold. */
  readonly over: boolean;
}
