import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { NewEntry } from "../audit/log.ts";
import type { RunState } from "../status/run-state.ts";
import type { RunWatch } from "./index.ts";

/** Bounds in seconds, from a second to a day. */
const DURATIONS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];

/** What Prometheus reads of runs. After a restart the counters begin anew, as counters do. */
export class RunMetrics {
  readonly #ended: Counter<"team" | "phase">;
  readonly #runSeconds: Histogram<"team" | "phase">;
  readonly #nodeSeconds: Histogram<"team" | "state">;
  readonly #lost: Counter<"team">;
  readonly #failed: Counter<"team">;
  readonly #startSeconds: Histogram<"team">;

  /** @param watch of this process; undefined while another one watches */
  constructor(registry: Registry, watch: () => Pick<RunWatch, "open" | "outlets"> | undefined) {
    const registers = [registry];
    new Gauge({
      name: "orch_watch_leading",
      help: "1 where this process is the one that watches runs",
      registers,
      collect() {
        this.set(watch() === undefined ? 0 : 1);
      },
    });
    new Gauge({
      name: "orch_runs_open",
      help: "Runs that are not over, where they are watched",
      registers,
      collect() {
        this.set(watch()?.open ?? 0);
      },
    });
    new Gauge({
      name: "orch_sink_away",
      help: "1 while a sink of lineage or traces is not there: what happens is remembered and told later",
      labelNames: ["sink"],
      registers,
      collect() {
        // What another process has trouble with is for that one to say.
        this.reset();
        for (const { name, away } of watch()?.outlets ?? []) this.set({ sink: name }, away ? 1 : 0);
      },
    });
    this.#ended = new Counter({
      name: "orch_runs_ended_total",
      help: "Runs that are over, by how they ended",
      labelNames: ["team", "phase"],
      registers,
    });
    this.#runSeconds = new Histogram({
      name: "orch_run_seconds",
      help: "From the creation of a Workflow to its end",
      labelNames: ["team", "phase"],
      buckets: DURATIONS,
      registers,
    });
    this.#nodeSeconds = new Histogram({
      name: "orch_node_seconds",
      help: "From the first try of a node to its end",
      labelNames: ["team", "state"],
      buckets: DURATIONS,
      registers,
    });
    this.#lost = new Counter({
      name: "orch_attempts_lost_total",
      help: "Tries that the infrastructure ended: node gone, eviction, preemption, spot",
      labelNames: ["team"],
      registers,
    });
    this.#failed = new Counter({
      name: "orch_attempts_failed_total",
      help: "Tries that failed by themselves",
      labelNames: ["team"],
      registers,
    });
    this.#startSeconds = new Histogram({
      name: "orch_run_start_seconds",
      help: "From the creation of a Workflow until its controller takes it up",
      labelNames: ["team"],
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300],
      registers,
    });
  }

  count(run: RunState, entries: readonly NewEntry[]): void {
    const { team } = run;
    const nodes = new Map(run.nodes.map((node) => [node.node, node]));
    for (const { event, key, at, detail } of entries) {
      if (event === "running") this.#startSeconds.observe({ team }, seconds(run.createdAt, at));
      if (key === "end") {
        const phase = event;
        this.#ended.inc({ team, phase });
        this.#runSeconds.observe({ team, phase }, seconds(run.createdAt, at));
      }
      if (event !== "node") continue;
      const { state = "" } = detail;
      if (detail.attempt !== undefined) {
        if (state === "Failed" || state === "Error") (detail.lost === "true" ? this.#lost : this.#failed).inc({ team });
        continue;
      }
      const startedAt = nodes.get(detail.node ?? "")?.startedAt;
      if (startedAt !== undefined) this.#nodeSeconds.observe({ team, state }, seconds(startedAt, at));
    }
  }
}

const seconds = (from: number, to: number): number => Math.max(0, (to - from) / 1000);
