import type { WorkflowObject } from "../kubernetes/objects.ts";

/** First wait, milliseconds. */
const FIRST_WAIT = 500;
/** By which each wait is longer than the one before. */
const GROWTH = 4;
/** Longest wait, milliseconds. */
const HOUR = 3_600_000;

interface Stranger {
  latest: WorkflowObject;
  readonly wait: number;
  /** Undefined while it is being looked at. */
  timer: NodeJS.Timeout | undefined;
}

/**
 * Workflows that the audit log does not know: nobody submitted them through the service, or the replica that was asked is behind. Each is
 * looked at again after half a second, two, eight, at last once an hour, however often it changes meanwhile: so one of ours is not
 * missed, also where it changes no more, and the others cost a question an hour.
 */
export class Strangers {
  readonly #look: (workflow: WorkflowObject) => void;
  readonly #firstWait: number;
  /** By uid. */
  readonly #known = new Map<string, Stranger>();
  #closed = false;

  /** @param look is given each as it was seen last; it is then `add`ed again or forgotten. */
  constructor(look: (workflow: WorkflowObject) => void, firstWaitMillis: number = FIRST_WAIT) {
    this.#look = look;
    this.#firstWait = firstWaitMillis;
  }

  /** The audit log does not know it. */
  add(workflow: WorkflowObject): void {
    if (this.#closed) return;
    const { uid } = workflow.metadata;
    const before = this.#known.get(uid);
    clearTimeout(before?.timer);
    const wait = before === undefined ? this.#firstWait : Math.min(before.wait * GROWTH, HOUR);
    const stranger: Stranger = { latest: workflow, wait, timer: undefined };
    const due = () => {
      stranger.timer = undefined;
      this.#look(stranger.latest);
    };
    // Nothing waits for it: a process that is done may go.
    stranger.timer = setTimeout(due, wait).unref();
    this.#known.set(uid, stranger);
  }

  /** Whether it is one that is looked at later; then it is looked at as it is now. */
  waits(workflow: WorkflowObject): boolean {
    const stranger = this.#known.get(workflow.metadata.uid);
    if (stranger?.timer === undefined) return false;
    stranger.latest = workflow;
    return true;
  }

  /**
   * It is one of ours, or gone.
   *
   * @returns what was seen of it, where it was one
   */
  forget({ metadata: { uid } }: WorkflowObject): WorkflowObject | undefined {
    const stranger = this.#known.get(uid);
    clearTimeout(stranger?.timer);
    this.#known.delete(uid);
    return stranger?.latest;
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#known.values()) clearTimeout(timer);
    this.#known.clear();
  }
}
