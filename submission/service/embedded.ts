import type { KubeConfig } from "@kubernetes/client-node";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { PlatformProfile } from "../spec/index.ts";
import type { Access } from "./access/index.ts";
import { ApiMetrics, type RunningApi, startApi } from "./api/index.ts";
import type { ServiceLog } from "./application/index.ts";
import { openEmbeddedAuditLog } from "./audit/index.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { ArgoWorkflows, Connection } from "./kubernetes/index.ts";
import { RunLineage } from "./lineage/reader.ts";
import { LineageSink, type ReadResult } from "./lineage/sink.ts";
import { PodLogs } from "./logs/pods.ts";
import { EmbeddedQueue } from "./queue/embedded-queue.ts";
import { outboxOf } from "./queue/outbox.ts";
import { RunStatus } from "./status/reader.ts";
import { RunMetrics, type RunSink, type RunWatch, watchRuns } from "./watch/index.ts";

export interface EmbeddedServiceOptions {
  /** Where the audit log is kept; one process at a time. */
  readonly folder: string;
  readonly kubeConfig: KubeConfig;
  readonly profile: PlatformProfile;
  /** Given the connections to the API server; who calls and what they may do. */
  readonly access: (connection: Connection) => Access;
  /** TCP ports on the loopback; 0 takes any that is free. */
  readonly ports: { readonly http: number; readonly grpc: number };
  /** Where spans go, OTLP over HTTP. Default: nowhere. */
  readonly traces?: string | undefined;
  /** Where lineage goes, OpenLineage over HTTP. Default: nowhere. */
  readonly lineage?: string | undefined;
  /** Reads what nodes wrote to their result path. Default: nothing is read, as where nothing is written. */
  readonly readResult?: ReadResult | undefined;
  readonly log: ServiceLog;
}

export interface EmbeddedService extends Pick<RunningApi, "http" | "readiness"> {
  /** Finishes what is in hand. What was accepted and not dispatched is dispatched after the next start. */
  close(): Promise<void>;
}

/** All roles in one process: audit log by chdb, queue in memory before its outbox, dispatcher, watch, API. */
export async function startEmbeddedService(options: EmbeddedServiceOptions): Promise<EmbeddedService> {
  const { profile, kubeConfig, log } = options;
  const audit = await openEmbeddedAuditLog(options.folder);
  const connection = new Connection(kubeConfig);
  const stopping = new AbortController();
  const trouble = (message: string, error?: unknown) => log.warn({ error: textOf(error) }, message);
  const workflows = new ArgoWorkflows({ connection, namespaces: namespacesOf(profile), onTrouble: trouble });
  const queue = new EmbeddedQueue({
    outbox: outboxOf(audit),
    onFailure: (error) => trouble("jobs were not handled and will be handed out again", error),
  });
  const dispatcher = new Dispatcher({ audit, workflows, signal: stopping.signal, onTrouble: trouble });
  const status = new RunStatus({ audit, workflows, kubeConfig, profile });
  const readResult: ReadResult = options.readResult ?? (async () => undefined);

  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const watch: RunWatch = watchRuns({
    audit,
    workflows,
    teams: Object.keys(profile.teams),
    sinks: [new RunMetrics(registry, () => watch.open), ...(await exporters(options, audit, readResult))],
    onProblem: trouble,
  });
  const dispatching = queue.consume((jobs) => dispatcher.handle(jobs), stopping.signal);
  const stop = async () => {
    stopping.abort();
    await dispatching.catch(() => undefined);
    await watch.close();
    await queue.close();
    await audit.close();
    await connection.close();
  };
  try {
    const api = await startApi({
      parts: {
        profile,
        access: options.access(connection),
        audit,
        queue,
        workflows,
        status,
        logs: new PodLogs({ kubeConfig, profile, status }),
        lineage: new RunLineage({ audit, profile, status, readResult }),
        log,
      },
      ports: options.ports,
      metrics: new ApiMetrics(registry),
    });
    return {
      http: api.http,
      readiness: api.readiness,
      close: async () => {
        await api.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Loaded where there is somewhere to send to. */
async function exporters(
  { traces, lineage, profile }: EmbeddedServiceOptions,
  audit: Awaited<ReturnType<typeof openEmbeddedAuditLog>>,
  readResult: ReadResult,
): Promise<RunSink[]> {
  const sinks: RunSink[] = [];
  if (traces !== undefined) sinks.push(new (await import("./trace/sink.ts")).SpanSink({ endpoint: traces }));
  if (lineage !== undefined) sinks.push(new LineageSink({ url: lineage, profile, audit, readResult }));
  return sinks;
}

function namespacesOf(profile: PlatformProfile): [string, ...string[]] {
  const [first, ...others] = Object.values(profile.teams).map(({ namespace }) => namespace);
  if (first === undefined) throw new Error("the profile has no team: nobody could submit anything");
  return [first, ...others];
}

const textOf = (error: unknown): string | undefined =>
  error === undefined ? undefined : error instanceof Error ? error.message : String(error);
