import type { ServiceLog } from "./application/index.ts";
import { KubernetesLease, type LeasePlace } from "./kubernetes/index.ts";
import { RunLineage } from "./lineage/reader.ts";
import type { ReadResult } from "./lineage/result.ts";
import { LineageSink, type LineageSinkOptions } from "./lineage/sink.ts";
import { PodLogs } from "./logs/pods.ts";
import type { Inside, ServiceOptions } from "./serve.ts";
import { RunStatus } from "./status/reader.ts";
import { RunMetrics, type RunSink, type RunWatch, watchElected, watchRuns } from "./watch/index.ts";

export interface RunSettings {
  /** Where spans go, OTLP over HTTP. Default: nowhere. */
  readonly traces?: string | undefined;
  /** Where lineage goes, OpenLineage over HTTP. Default: nowhere. */
  readonly lineage?: string | undefined;
  /** Reads what nodes wrote to their result path. Default: nothing is read, as where nothing is written. */
  readonly readResult?: ReadResult | undefined;
  /** Where several processes agree on which of them follows the runs. Default: this one does, and nobody runs beside it. */
  readonly lease?: LeasePlace | undefined;
  /** How long the lease lasts without a sign of its holder, whole seconds in milliseconds. Default: 15,000. */
  readonly leaseMillis?: number | undefined;
  readonly log: ServiceLog;
}

/** How a service tells of runs and follows them. */
export function runsOf(settings: RunSettings): Pick<ServiceOptions, "readers" | "watch"> {
  const readResult: ReadResult = settings.readResult ?? (async () => undefined);
  return {
    readers: ({ audit, workflows, profile, connection: { kubeConfig } }) => {
      const status = new RunStatus({ audit, workflows, kubeConfig, profile });
      return {
        status,
        logs: new PodLogs({ kubeConfig, profile, status }),
        lineage: new RunLineage({ audit, profile, status, readResult }),
      };
    },
    watch: async ({ audit, workflows, profile, registry, connection }: Inside) => {
      const { lease, leaseMillis, log } = settings;
      const onProblem = (problem: string, error: unknown) => log.warn({ error: textOf(error) }, problem);
      let watching: () => RunWatch | undefined = () => undefined;
      const metrics = new RunMetrics(registry, () => watching());
      const sinks = await exporters(settings, { audit, profile, readResult, onProblem });
      const onHappened = metrics.count.bind(metrics);
      const start = () => watchRuns({ audit, workflows, teams: profile.teams, sinks, onHappened, onProblem });
      if (lease === undefined) {
        const watch = start();
        watching = () => watch;
        return watch;
      }
      const elected = watchElected({
        lease: new KubernetesLease(connection, lease),
        durationMillis: leaseMillis,
        start,
        log: (message) => log.info({ lease: `${lease.namespace}/${lease.name}` }, message),
      });
      watching = () => elected.watch;
      return elected;
    },
  };
}

/** Loaded where there is somewhere to send to. */
async function exporters(
  { traces, lineage }: RunSettings,
  options: Omit<LineageSinkOptions, "url">,
): Promise<RunSink[]> {
  const sinks: RunSink[] = [];
  const { onProblem } = options;
  if (traces !== undefined) sinks.push(new (await import("./trace/sink.ts")).SpanSink({ endpoint: traces, onProblem }));
  if (lineage !== undefined) sinks.push(new LineageSink({ ...options, url: lineage }));
  return sinks;
}

const textOf = (error: unknown): string | undefined =>
  error === undefined ? undefined : error instanceof Error ? error.message : String(error);
