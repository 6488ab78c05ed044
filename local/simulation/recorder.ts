import { z } from "zod";

/** One try of a node, as it was seen: a pod. Milliseconds since the simulation's clock was started. */
export interface Attempt {
  readonly submission: string;
  /** Id of the node in its DAG. */
  readonly node: string;
  readonly createdAt: number;
  /** Kueue has let it go. */
  readonly admittedAt?: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Undefined: not ended when the simulation was. */
  readonly outcome?: "succeeded" | "lost";
  /** The machine. */
  readonly machine?: string;
}

const pod = z.object({
  metadata: z.object({
    uid: z.string(),
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.unknown().optional(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    schedulingGates: z.array(z.unknown()).default([]),
  }),
  status: z.object({ phase: z.string().optional() }).default({}),
});

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Writes down when each pod was first seen in which state, by one clock. */
export class Recorder {
  readonly #attempts = new Map<string, Writable<Attempt>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  seen(object: unknown): void {
    const { metadata, spec, status } = pod.parse(object);
    const now = this.#now();
    let attempt = this.#attempts.get(metadata.uid);
    if (attempt === undefined) {
      const { submission_id: submission = "", node_id: node = "" } = metadata.labels;
      attempt = { submission, node, createdAt: now };
      this.#attempts.set(metadata.uid, attempt);
    }
    if (spec.schedulingGates.length === 0) attempt.admittedAt ??= now;
    if (spec.nodeName !== undefined) attempt.machine ??= spec.nodeName;
    if (status.phase === "Running") attempt.startedAt ??= now;
    if (status.phase === "Succeeded") this.#end(attempt, "succeeded");
    if (status.phase === "Failed" || metadata.deletionTimestamp !== undefined) this.#end(attempt, "lost");
  }

  deleted(object: unknown): void {
    const attempt = this.#attempts.get(pod.parse(object).metadata.uid);
    if (attempt !== undefined) this.#end(attempt, "lost");
  }

  #end(attempt: Writable<Attempt>, outcome: NonNullable<Attempt["outcome"]>): void {
    if (attempt.outcome !== undefined) return;
    attempt.outcome = outcome;
    attempt.endedAt = this.#now();
  }

  get attempts(): readonly Attempt[] {
    return [...this.#attempts.values()];
  }
}
