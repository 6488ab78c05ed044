import { randomUUID } from "node:crypto";
import type { AuditLog, NewEntry } from "../audit/log.ts";
import { RefusalBudget } from "../audit/refusal-budget.ts";
import type { Caller } from "../model.ts";
import type { ServiceLog } from "./parts.ts";
import type { Rejection } from "./rejection.ts";

export interface RefusedRequest {
  readonly rejection: Rejection;
  /** Undefined: nobody knows. */
  readonly caller: Caller | undefined;
  /** What was asked for, by the name the transport has for it. */
  readonly operation: string;
  /** Changes something, had it been let through. */
  readonly changes: boolean;
}

/** More than these are waiting only when the audit log is away or somebody floods us; then they are counted, not kept. */
const MOST_WAITING = 1_000;
/** Milliseconds between two rows that say how many refusals have none of their own. */
const COUNTED_EVERY = 60_000;

/**
 * Puts what was turned away on record, behind the answer: nothing came of it, so nobody has to wait. Each is a chain of its own, under a
 * name that no submission can have. Nothing the caller sent is kept, only what was wrong with it.
 */
export class Refusals {
  readonly #audit: Pick<AuditLog, "append">;
  readonly #log: ServiceLog;
  readonly #waiting: RefusedRequest[] = [];
  readonly #times = new WeakMap<RefusedRequest, number>();
  readonly #budget: RefusalBudget;
  #missed = 0;
  /** Of those, how many no row of the log tells of yet, and when one last did. */
  #uncounted = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;

  constructor(audit: Pick<AuditLog, "append">, log: ServiceLog, budget = new RefusalBudget()) {
    this.#audit = audit;
    this.#log = log;
    this.#budget = budget;
  }

  note(request: RefusedRequest): void {
    if (!isWorthKeeping(request)) return;
    const now = performance.now();
    if (this.#waiting.length >= MOST_WAITING || !this.#budget.take(now)) {
      this.#missed++;
      this.#uncounted++;
      if (now - this.#countedAt < COUNTED_EVERY) return;
    } else {
      this.#times.set(request, Date.now());
      this.#waiting.push(request);
    }
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when what was noted is on record, or cannot be. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#audit.append(`refused/${randomUUID()}`, [this.#entry(next)]);
      } catch (error) {
        this.#missed++;
        this.#uncounted++;
        this.#log.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          "a refusal is not on record",
        );
      }
    }
    await this.#count();
    if (this.#missed > 0) this.#log.warn({ refusals: this.#missed }, "refusals that are not on record");
    this.#missed = 0;
  }

  /** One row for all that have none of their own, at most one a minute. */
  async #count(): Promise<void> {
    const now = performance.now();
    const refusals = this.#uncounted;
    if (refusals === 0 || now - this.#countedAt < COUNTED_EVERY) return;
    this.#countedAt = now;
    const detail = { reason: "too-many-refusals", refusals: String(refusals) };
    try {
      await this.#audit.append(`refused/${randomUUID()}`, [
        { key: "refused", event: "refused", actor: "submission-service", at: Date.now(), digests: {}, detail },
      ]);
      this.#uncounted -= refusals;
    } catch {
      // They stay counted, for the next minute's row.
    }
  }

  #entry(request: RefusedRequest): NewEntry {
    const { rejection, caller, operation } = request;
    const codes = [...new Set((rejection.facts.diagnostics ?? []).map(({ code }) => code))].slice(0, 10);
    const { foreign, digests } = rejection.facts;
    const submitted = digests?.submitted;
    return {
      key: "refused",
      event: "refused",
      actor: caller?.name ?? "unauthenticated",
      at: this.#times.get(request) ?? Date.now(),
      digests: submitted === undefined ? {} : { submitted },
      detail: {
        reason: rejection.reason,
        operation,
        ...(codes.length === 0 ? {} : { codes: codes.join(" ") }),
        ...(foreign === undefined ? {} : { submission_id: foreign }),
      },
    };
  }
}

/** Attempts to do or see what one may not, and whatever would have changed something; not a mistyped id, and no flood. */
function isWorthKeeping({ rejection, changes }: RefusedRequest): boolean {
  const { reason, facts } = rejection;
  if (reason === "too-many-requests" || reason === "busy") return false;
  if (reason === "unauthenticated" || reason === "forbidden" || facts.foreign !== undefined) return true;
  return changes;
}
