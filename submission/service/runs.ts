import type { ServiceLog } from "./application/index.ts";
import { RunLineage } from "./lineage/reader.ts";
import type { ReadResult } from "./lineage/result.ts";
import { LineageSink, type LineageSinkOptions } from "./lineage/sink.ts";
import { PodLogs } from "./logs/pods.ts";
import type { Inside, ServiceOptions } from "./serve.ts";
import { RunStatus } from "./status/reader.ts";
import { RunMetrics, type RunSink, type RunWatch, watchRuns } from "./watch/index.ts";

export interface RunSettings {
  /** Where spans go, OTLP over HTTP. Default: nowhere. */
  readonly traces?: string | undefined;
  /** Where lineage goes, OpenLineage over HTTP. Default: nowhere. */
  readonly lineage?: string | undefined;
  /** Reads what nodes wrote to their result path. Default: nothing is read, as where nothing is written. */
  readonly readResult?: ReadResult | undefined;
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
    watch: async ({ audit, workflows, profile, registry }: Inside) => {
      const onProblem = (problem: string, error: unknown) => settings.log.warn({ error: textOf(error) }, problem);
      const metrics = new RunMetrics(registry, () => watch);
      const watch: RunWatch = watchRuns({
        audit,
        workflows,
        teams: Object.keys(profile.teams),
        sinks: await exporters(settings, { audit, profile, readResult, onProblem }),
        onHappened: (run, entries) => metrics.count(run, entries),
        onProblem,
      });
      return watch;
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
