import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import { isManifestOf } from "../../compile/index.ts";
import type { AuditEvent, AuditLog, NewEntry } from "../audit/log.ts";
import { Refused, type Workflows } from "../kubernetes/workflows.ts";
import { OutageLog } from "../outage-log.ts";
import { patiently } from "../queue/patience.ts";
import type { Handled, Job } from "../queue/queue.ts";
import { Unavailable } from "../unavailable.ts";
import { begun, judge, keptMillis } from "./begun.ts";

/** What a job came to, for metrics. */
export type DispatchOutcome =
  /** Its Workflow was created now, or stood there from a try that was cut off. */
  | "created"
  | "exists"
  /** It was taken care of before. */
  | "skipped"
  | "cancelled"
  | "dead"
  /** It cannot be created for a reason of its own that may pass; the outbox brings it again. */
  | "left";

export interface DispatcherOptions {
  readonly audit: Pick<AuditLog, "events" | "append" | "chain">;
  readonly workflows: Pick<Workflows, "create" | "get" | "cancel" | "ready">;
  /** Ends what waits for a part that is away; its jobs come again. */
  readonly signal: AbortSignal;
  /** Creates at the same time. Default: 16. */
  readonly concurrency?: number;
  /** Who the audit log names. Default: `orch-dispatcher`. */
  readonly actor?: string;
  /** Tries at a job while the API server answers, before it is left for later. Default: 4. */
  readonly tries?: number;
  readonly firstPauseMillis?: number;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
  readonly onOutcome?: (outcome: DispatchOutcome, job: Job) => void;
  /** A part is away or back, or jobs were left: one line for each, however many jobs wait for it. */
  readonly onTrouble?: (message: string) => void;
}

/** Events that say that a submission has, or had, its Workflow, or that it never will. */
const TAKEN_CARE_OF: readonly AuditEvent[] = [
  "dispatched",
  "running",
  "node",
  "dead_lettered",
  "succeeded",
  "failed",
  "cancelled",
  "vanished",
];
const ENDED: readonly AuditEvent[] = ["dead_lettered", "succeeded", "failed", "vanished"];
const OVER: readonly AuditEvent[] = [...ENDED, "cancelled"];
/** How often the audit log is asked about a submission it does not know: a replica may be behind. */
const LOOKS = 4;
/** How long what the audit log said is relied on, milliseconds: others may do the same job meanwhile. */
const FRESH_MILLIS = 30_000;

type Events = ReadonlyMap<string, ReadonlySet<AuditEvent>>;
const has = (events: Events, id: string, any: readonly AuditEvent[]) =>
  any.some((event) => events.get(id)?.has(event) === true);

/** Accepted, not cancelled, and nothing was done about it yet. */
const isNew = (events: Events, id: string) =>
  has(events, id, ["accepted"]) && !has(events, id, [...TAKEN_CARE_OF, "dispatching", "cancel_requested"]);

const DONE: Handled = { outcome: "done" };
const dead = (reason: string): Handled => ({ outcome: "dead", reason });

/**
 * Creates the Workflows of accepted submissions, each once, however often its job comes: what the audit log says has been done is not
 * done again, even after the Workflow is gone, and the name makes a second create at the same time harmless. That a create begins is
 * written before it, so that one whose outcome nobody lived to write is not taken for one that never was. Another dispatcher may have the
 * same job: the audit log is asked again before a create that had to wait. What is left are the moments between that answer, or one of a
 * replica that is behind, and the create: it would have to be created, seen and deleted by others within them.
 *
 * A job that comes again after `cancel_requested` cancels: so whoever may not touch Workflows cancels by enqueuing it once more.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #apiServer: OutageLog;
  readonly #auditLog: OutageLog;
  /** Why each job of this batch that is left is. */
  #left: string[] = [];
  /** When the audit log was asked about this batch. */
  #askedAt = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const say = (message: string) => options.onTrouble?.(message);
    this.#apiServer = new OutageLog("the API server", say);
    this.#auditLog = new OutageLog("the audit log", say);
    this.#limit = pLimit(options.concurrency ?? 16);
  }

  /** In the order of the jobs. Rejects only when the signal aborts or by a bug. */
  async handle(jobs: readonly Job[]): Promise<readonly Handled[]> {
    const ids = [...new Set(jobs.map(({ submissionId }) => submissionId))];
    this.#askedAt = this.#now();
    const events = await this.#known(ids);
    const first = new Map<string, Promise<Handled>>();
    const whole = new Set(jobs.filter((job) => isManifestOf(job.manifest, job.manifestDigest)));
    await this.#begin([...whole], events);
    const handled = jobs.map((job) => {
      const before = first.get(job.submissionId);
      const own = this.#limit(async () => {
        // Twice in one batch: the second is judged by what the first came to.
        if (before !== undefined) await before;
        const known = before === undefined ? events : await this.#known([job.submissionId]);
        return this.#one(job, known, whole.has(job));
      });
      first.set(job.submissionId, own);
      return own;
    });
    const outcomes = await settled(handled);
    this.#sayLeft();
    await this.#cancelLate(jobs, events);
    return outcomes;
  }

  async #known(ids: readonly string[]): Promise<Events> {
    let events = await this.#audited(() => this.#options.audit.events(ids));
    for (let look = 1; look < LOOKS; look += 1) {
      const unknown = ids.filter((id) => !has(events, id, ["accepted"]));
      if (unknown.length === 0) return events;
      await pause(look * (this.#options.firstPauseMillis ?? 250), this.#options.signal);
      events = new Map([...events, ...(await this.#audited(() => this.#options.audit.events(unknown)))]);
    }
    return events;
  }

  /** Of all that are to be created now for the first time; together, since each write takes as long as one for all. */
  async #begin(jobs: readonly Job[], events: Events): Promise<void> {
    const fresh = new Map(jobs.filter((job) => isNew(events, job.submissionId)).map((job) => [job.submissionId, job]));
    await settled([...fresh.values()].map((job) => this.#append(job, "dispatching", {})));
  }

  async #one(job: Job, events: Events, whole: boolean): Promise<Handled> {
    const { submissionId, namespace } = job;
    if (has(events, submissionId, TAKEN_CARE_OF)) {
      if (has(events, submissionId, ["cancel_requested"]) && !has(events, submissionId, OVER)) {
        await this.#patiently(() => this.#options.workflows.cancel(namespace, submissionId));
        return this.#outcome("cancelled", job);
      }
      return this.#outcome("skipped", job);
    }
    // The submission itself may be fine and is in the outbox: only this message is given up, and no row says more than that.
    if (!has(events, submissionId, ["accepted"])) {
      return this.#outcome("dead", job, "the audit log knows no submission of this id");
    }
    if (!whole) {
      return this.#outcome("dead", job, `the manifest is not the one with the digest ${job.manifestDigest}`);
    }
    try {
      return await this.#dispatch(job, events);
    } catch (error) {
      if (error instanceof Refused) {
        await this.#append(job, "dead_lettered", { reason: error.message });
        return this.#outcome("dead", job, error.message);
      }
      if (!(error instanceof Unavailable)) throw error;
      this.#left.push(error.message);
      return this.#outcome("left", job);
    }
  }

  /** Throws `Refused` and `Unavailable`. */
  async #dispatch(job: Job, events: Events): Promise<Handled> {
    const again = has(events, job.submissionId, ["dispatching"]);
    const cancelRequested = has(events, job.submissionId, ["cancel_requested"]);
    // What stands there after all is said to be dispatched, and cancelled after that.
    if (cancelRequested && !(again && (await this.#isThere(job)))) {
      await this.#append(job, "cancelled", { reason: "cancelled before its Workflow was created" });
      return this.#outcome("cancelled", job);
    }
    return again ? this.#again(job) : this.#create(job);
  }

  /** A create was begun before, and whether it came through is not on record. */
  async #again(job: Job): Promise<Handled> {
    const chain = await this.#audited(() => this.#options.audit.chain(job.submissionId));
    if (chain.some(({ event }) => TAKEN_CARE_OF.includes(event))) return this.#outcome("skipped", job);
    const rows = begun(chain);
    const begunAt = rows.at(-1)?.at;
    // It was asked for its events before: this answer comes from a replica that is behind.
    if (begunAt === undefined)
      throw new Unavailable("audit", `the audit log does not have ${job.submissionId} at hand`);
    const verdict = await judge(begunAt, keptMillis(job.manifest), () => this.#isThere(job), this.#now());
    if (verdict === "unknown") {
      const since = new Date(begunAt).toISOString();
      const reason = `its Workflow was about to be created at ${since}; whether it was, ran and was deleted since is not on record, so it is not created again: submit it anew or rerun it`;
      await this.#append(job, "vanished", { reason }, "end");
      return this.#outcome("dead", job, reason);
    }
    if (verdict === "renew") await this.#append(job, "dispatching", {}, `dispatching/${rows.length + 1}`);
    return this.#create(job);
  }

  #isThere({ namespace, submissionId }: Job): Promise<boolean> {
    return this.#patiently(async () => (await this.#options.workflows.get(namespace, submissionId)) !== undefined);
  }

  async #create(job: Job): Promise<Handled> {
    const { submissionId, namespace, manifest, manifestDigest } = job;
    let tries = 0;
    const created = await this.#patiently(async () => {
      tries += 1;
      const age = this.#now() - this.#askedAt;
      // Below zero: the clock was set back, and does not say how old the answer is.
      const isOld = tries > 1 || age < 0 || age > FRESH_MILLIS;
      if (isOld && (await this.#isTaken(submissionId))) return "taken";
      return this.#options.workflows.create(namespace, manifest, manifestDigest);
    });
    if (created === "taken") return this.#outcome("skipped", job);
    if (created === "other") {
      throw new Refused(`the name ${namespace}/${submissionId} is taken by a Workflow of another manifest`);
    }
    await this.#append(job, "dispatched", { workflow: `${namespace}/${submissionId}` });
    return this.#outcome(created, job);
  }

  /** Whether another dispatcher, or whoever watches, was faster: its Workflow may have run and be gone. */
  async #isTaken(id: string): Promise<boolean> {
    return has(await this.#audited(() => this.#options.audit.events([id])), id, TAKEN_CARE_OF);
  }

  #now(): number {
    const { now = Date.now } = this.#options;
    return now();
  }

  /** Cancels that were asked for while the Workflow was being created: whoever asked may have found none. */
  async #cancelLate(jobs: readonly Job[], before: Events): Promise<void> {
    const open = jobs.filter(({ submissionId }) => !has(before, submissionId, TAKEN_CARE_OF));
    if (open.length === 0) return;
    const now = await this.#audited(() => this.#options.audit.events(open.map(({ submissionId }) => submissionId)));
    const late = open.filter(
      ({ submissionId }) =>
        has(now, submissionId, ["cancel_requested"]) &&
        has(now, submissionId, ["dispatched"]) &&
        !has(now, submissionId, ENDED),
    );
    await settled(
      late.map((job) =>
        this.#limit(() => this.#patiently(() => this.#options.workflows.cancel(job.namespace, job.submissionId))),
      ),
    );
  }

  /** As long as the API server is away; but only so often while it answers and this one object is not to be had. */
  async #patiently<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal, tries = 4, firstPauseMillis, workflows } = this.#options;
    for (let left = tries; ; left -= 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        if (left <= 1) throw error;
        await pause((firstPauseMillis ?? 250) * 2 ** (tries - left), signal);
        await patiently(() => workflows.ready(), {
          signal,
          firstPauseMillis,
          onFailure: (cause) => this.#apiServer.failed(cause),
        });
        this.#apiServer.worked();
      }
    }
  }

  async #audited<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal, firstPauseMillis } = this.#options;
    const onFailure = (error: unknown) => this.#auditLog.failed(error);
    const answer = await patiently(attempt, { signal, firstPauseMillis, onFailure });
    this.#auditLog.worked();
    return answer;
  }

  #append(job: Job, event: AuditEvent, detail: NewEntry["detail"], key: string = event): Promise<void> {
    const { actor = "orch-dispatcher" } = this.#options;
    const entry: NewEntry = {
      key,
      event,
      actor,
      at: this.#now(),
      digests: { manifest: job.manifestDigest },
      detail,
    };
    return this.#audited(() => this.#options.audit.append(job.submissionId, [entry]));
  }

  #outcome(outcome: DispatchOutcome, job: Job, reason?: string): Handled {
    this.#options.onOutcome?.(outcome, job);
    return reason === undefined ? DONE : dead(reason);
  }

  #sayLeft(): void {
    const [first, ...others] = this.#left;
    this.#left = [];
    if (first === undefined) return;
    const which = others.length === 0 ? "1 job is" : `${others.length + 1} jobs are`;
    this.#options.onTrouble?.(`${which} left for later, the first because ${first}`);
  }
}

/** All of them, also where one fails: nothing goes on behind the caller's back. */
async function settled<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Half of it at least: a crowd that was turned away does not come back as one. */
async function pause(millis: number, signal: AbortSignal): Promise<void> {
  await delay(millis * (0.5 + Math.random() / 2), undefined, { signal });
}
