import { Counter, type Registry } from "prom-client";
import type { DispatchOutcome } from "./dispatcher.ts";

/** What Prometheus reads of a dispatcher. */
export class DispatchMetrics {
  readonly #jobs: Counter<"outcome">;

  constructor(registry: Registry) {
    this.#jobs = new Counter({
      name: "orch_jobs_total",
      help: "Jobs that were handled, by what they came to; `left`: not taken now, tried again from the outbox",
      labelNames: ["outcome"],
      registers: [registry],
    });
  }

  job(outcome: DispatchOutcome): void {
    this.#jobs.inc({ outcome });
  }
}
