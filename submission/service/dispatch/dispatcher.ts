import { setTimeout as delay } from "node:timers/promises";
import pLimit from "p-limit";
import { isManifestOf } from "../../compile/index.ts";
import type { AuditEvent, AuditLog, NewEntry } from "../audit/log.ts";
import { Refused, type Workflows } from "../kubernetes/workflows.ts";
import { patiently } from "../queue/patience.ts";
import type { Handled, Job } from "../queue/queue.ts";
import { Unavailable } from "../unavailable.ts";

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
  readonly audit: Pick<AuditLog, "events" | "append">;
  readonly workflows: Pick<Workflows, "create" | "cancel" | "ready">;
  /** Ends what waits for a part that is away; its jobs come again. */
  readonly signal: AbortSignal;
  /** Creates at the same time. Default: 16. */
  readonly concurrency?: number;
  /** Who the audit log names. Default: `orch-dispatcher`. */
  readonly actor?: string;
  /** Tries at a job while the API server answers, before it is left for later. Default: 4. */
  readonly tries?: number;
  readonly firstPauseMillis?: number;
  readonly onOutcome?: (outcome: DispatchOutcome, job: Job) => void;
  /** A part is away, or an object is not taken now. */
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
const OVER: readonly AuditEvent[] = ["dead_lettered", "succeeded", "failed", "cancelled", "vanished"];
/** How often the audit log is asked about a submission it does not know: a replica may be behind. */
const LOOKS = 4;

type Events = ReadonlyMap<string, ReadonlySet<AuditEvent>>;
const has = (events: Events, id: string, any: readonly AuditEvent[]) =>
  any.some((event) => events.get(id)?.has(event) === true);

const DONE: Handled = { outcome: "done" };
const dead = (reason: string): Handled => ({ outcome: "dead", reason });

/**
 * Creates the Workflows of accepted submissions, each once, however often its job comes: what the audit log says has been done is not
 * done again, even after the Workflow is gone, and the name makes a second create at the same time harmless.
 *
 * A job that comes again after `cancel_requested` cancels: so whoever may not touch Workflows cancels by enqueuing it once more.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #limit: ReturnType<typeof pLimit>;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#limit = pLimit(options.concurrency ?? 16);
  }

  /** In the order of the jobs. Rejects only when the signal aborts or by a bug. */
  async handle(jobs: readonly Job[]): Promise<readonly Handled[]> {
    const ids = [...new Set(jobs.map(({ submissionId }) => submissionId))];
    const events = await this.#known(ids);
    const first = new Map<string, Promise<Handled>>();
    const handled = jobs.map((job) => {
      const before = first.get(job.submissionId);
      const own = this.#limit(async () => {
        // Twice in one batch: the second is judged by what the first came to.
        if (before !== undefined) await before;
        return before === undefined ? this.#one(job, events) : this.#one(job, await this.#known([job.submissionId]));
      });
      first.set(job.submissionId, own);
      return own;
    });
    const outcomes = await settled(handled);
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

  async #one(job: Job, events: Events): Promise<Handled> {
    const { submissionId, namespace } = job;
    const cancelRequested = has(events, submissionId, ["cancel_requested"]);
    if (has(events, submissionId, TAKEN_CARE_OF)) {
      if (cancelRequested && !has(events, submissionId, OVER)) {
        await this.#patiently(() => this.#options.workflows.cancel(namespace, submissionId));
        return this.#outcome("cancelled", job);
      }
      return this.#outcome("skipped", job);
    }
    // The submission itself may be fine and is in the outbox: only this message is given up, and no row says more than that.
    if (!has(events, submissionId, ["accepted"])) {
      return this.#outcome("dead", job, "the audit log knows no submission of this id");
    }
    if (!isManifestOf(job.manifest, job.manifestDigest)) {
      return this.#outcome("dead", job, `the manifest is not the one with the digest ${job.manifestDigest}`);
    }
    if (cancelRequested) {
      await this.#append(job, "cancelled", { reason: "cancelled before its Workflow was created" });
      return this.#outcome("cancelled", job);
    }
    return this.#create(job);
  }

  async #create(job: Job): Promise<Handled> {
    const { submissionId, namespace, manifest, manifestDigest } = job;
    try {
      const created = await this.#patiently(() => this.#options.workflows.create(namespace, manifest, manifestDigest));
      if (created === "other") {
        const reason = `the name ${namespace}/${submissionId} is taken by a Workflow of another manifest`;
        await this.#append(job, "dead_lettered", { reason });
        return this.#outcome("dead", job, reason);
      }
      await this.#append(job, "dispatched", { workflow: `${namespace}/${submissionId}` });
      return this.#outcome(created, job);
    } catch (error) {
      if (error instanceof Refused) {
        await this.#append(job, "dead_lettered", { reason: error.message });
        return this.#outcome("dead", job, error.message);
      }
      if (!(error instanceof Unavailable)) throw error;
      return this.#outcome("left", job);
    }
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
        !has(now, submissionId, OVER),
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
        this.#options.onTrouble?.(error.message);
        if (left <= 1) throw error;
        await pause((firstPauseMillis ?? 250) * 2 ** (tries - left), signal);
        await patiently(() => workflows.ready(), {
          signal,
          firstPauseMillis,
          onFailure: (cause) => this.#trouble(cause),
        });
      }
    }
  }

  #audited<T>(attempt: () => Promise<T>): Promise<T> {
    const { signal, firstPauseMillis } = this.#options;
    return patiently(attempt, { signal, firstPauseMillis, onFailure: (error) => this.#trouble(error) });
  }

  #append(job: Job, event: AuditEvent, detail: Readonly<Record<string, string>>): Promise<void> {
    const entry: NewEntry = {
      key: event,
      event,
      actor: this.#options.actor ?? "orch-dispatcher",
      at: Date.now(),
      digests: { manifest: job.manifestDigest },
      detail,
    };
    return this.#audited(() => this.#options.audit.append(job.submissionId, [entry]));
  }

  #outcome(outcome: DispatchOutcome, job: Job, reason?: string): Handled {
    this.#options.onOutcome?.(outcome, job);
    return reason === undefined ? DONE : dead(reason);
  }

  #trouble(error: unknown): void {
    this.#options.onTrouble?.(error instanceof Error ? error.message : String(error));
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
