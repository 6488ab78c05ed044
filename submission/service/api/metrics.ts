import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";

/** What Prometheus reads of the API, beside what it reads of any Node process. */
export class ApiMetrics {
  readonly registry: Registry;
  readonly #requests: Histogram<"transport" | "operation" | "outcome">;
  readonly #accepted: Counter<"team">;
  readonly #refused: Counter<"reason">;

  /** @param registry default: one of its own, with the process's metrics in it */
  constructor(registry?: Registry) {
    this.registry = registry ?? new Registry();
    if (registry === undefined) collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    this.#requests = new Histogram({
      name: "orch_api_request_seconds",
      help: "Time of a request to its answer; of a stream, to its end",
      labelNames: ["transport", "operation", "outcome"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.#accepted = new Counter({
      name: "orch_submissions_accepted_total",
      help: "Submissions that were promised, repeats of the same one included",
      labelNames: ["team"],
      registers,
    });
    this.#refused = new Counter({
      name: "orch_submissions_refused_total",
      help: "Submissions and reruns that were turned away, by reason",
      labelNames: ["reason"],
      registers,
    });
  }

  request(transport: "rest" | "grpc", operation: string, outcome: string, seconds: number): void {
    this.#requests.observe({ transport, operation, outcome }, seconds);
  }

  accepted(team: string): void {
    this.#accepted.inc({ team });
  }

  refused(reason: string): void {
    this.#refused.inc({ reason });
  }
}
