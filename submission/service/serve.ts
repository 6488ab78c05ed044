import type { KubeConfig } from "@kubernetes/client-node";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { PlatformProfile } from "../spec/index.ts";
import type { Access } from "./access/index.ts";
import type { Readiness } from "./api/readiness.ts";
import type { Parts, ServiceLog } from "./application/index.ts";
import type { AuditLog } from "./audit/log.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { DispatchMetrics } from "./dispatch/metrics.ts";
import { type RelayOptions, relay } from "./dispatch/relay.ts";
import { ArgoWorkflows, Connection } from "./kubernetes/index.ts";
import { jobOf, outboxOf } from "./queue/outbox.ts";
import type { JobQueue } from "./queue/queue.ts";
import { Unavailable } from "./unavailable.ts";

/** `api` accepts, `dispatcher` creates what was accepted, `all` does both in one process. */
export const ROLES = ["all", "api", "dispatcher"] as const;
export type Role = (typeof ROLES)[number];

export interface ServiceOptions {
  readonly role: Role;
  readonly profile: PlatformProfile;
  readonly kubeConfig: KubeConfig;
  /** Closed with the service, like the queue. */
  readonly audit: AuditLog;
  readonly queue: JobQueue;
  /** Who calls and what they may do; given the connections to the API server. */
  readonly access: (connection: Connection) => Access;
  /** What is told of runs, where there is an API. */
  readonly readers: (inside: Inside) => Readers;
  /** What follows runs, where Workflows are created. Default: nothing does. */
  readonly watch?: (inside: Inside) => Promise<{ close(): Promise<void> }>;
  /** Address to listen on. Default: `127.0.0.1`. */
  readonly host?: string;
  /** TCP ports; 0 takes any that is free. A dispatcher has no gRPC. */
  readonly ports: { readonly http: number; readonly grpc: number };
  /** Requests a caller may make within a second. Default: the API's. */
  readonly requestsPerSecond?: number;
  /** Whether an API brings to the queue what was promised and is not on it. A queue that looks for itself needs none. Default: no. */
  readonly relay?: boolean | Pick<RelayOptions, "olderThanMillis" | "againAfterMillis" | "everyMillis">;
  readonly log: ServiceLog;
}

export type Readers = Pick<Parts, "status" | "logs" | "lineage">;

/** What the parts of one process share. */
export interface Inside {
  readonly profile: PlatformProfile;
  readonly audit: AuditLog;
  readonly connection: Connection;
  readonly workflows: ArgoWorkflows;
  readonly registry: Registry;
}

export interface RunningService {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  /** E.g. `127.0.0.1:9090`; undefined without an API. */
  readonly grpc: string | undefined;
  readonly readiness: Readiness;
  /** Finishes what is in hand. What was accepted and not dispatched is dispatched after the next start. */
  close(): Promise<void>;
}

/**
 * Creates at the same time where the API server shares a machine with this process: four keep it as busy as sixteen, and leave some of
 * the processor to whoever waits for a 202.
 */
const CREATES_BESIDE_API = 4;

/** One process of the submission service. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { role, audit, queue, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const warn = (message: string) => log.warn({ role }, message);
  const failed = (error: unknown) => warn(error instanceof Error ? error.message : String(error));
  const [first, ...others] = Object.values(options.profile.teams).map(({ namespace }) => namespace);
  if (first === undefined) throw new Error("the profile has no team: nobody could submit anything");
  const connection = new Connection(options.kubeConfig);
  const workflows = new ArgoWorkflows({ connection, namespaces: [first, ...others], onTrouble: warn });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const inside: Inside = { profile: options.profile, audit, connection, workflows, registry };

  const work: Promise<void>[] = [];
  const watch = role === "api" ? undefined : await options.watch?.(inside);
  if (role !== "api") {
    const metrics = new DispatchMetrics(registry);
    const onOutcome = metrics.job.bind(metrics);
    const concurrency = role === "all" ? CREATES_BESIDE_API : undefined;
    const dispatcher = new Dispatcher({ audit, workflows, signal, concurrency, onOutcome, onTrouble: warn });
    work.push(queue.consume((jobs) => dispatcher.handle(jobs), signal));
  }
  if (role !== "dispatcher" && options.relay !== undefined && options.relay !== false) {
    const settings = options.relay === true ? {} : options.relay;
    work.push(relay({ ...settings, outbox: outboxOf(audit), queue, signal, onFailure: failed }));
  }
  const stop = async () => {
    stopping.abort();
    const ended = await Promise.allSettled(work);
    for (const each of ended) if (each.status === "rejected") failed(each.reason);
    await watch?.close();
    await queue.close();
    await audit.close();
    await connection.close();
  };
  try {
    const face = await startFace(options, inside);
    log.info({ role, http: face.http, grpc: face.grpc }, "serving");
    return {
      http: face.http,
      grpc: face.grpc,
      readiness: face.readiness,
      close: async () => {
        await face.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What others reach of this process: the API, or a dispatcher's probes alone. */
async function startFace(options: ServiceOptions, inside: Inside): Promise<RunningService> {
  const { connection, workflows, registry } = inside;
  const { role, profile, audit, queue, log, ports, host = "127.0.0.1" } = options;
  const access = options.access(connection);
  if (role === "dispatcher") {
    const { readinessOf } = await import("./api/readiness.ts");
    const { startProbes } = await import("./dispatch/probes.ts");
    const readiness = readinessOf({ profile, audit, queue, workflows, access });
    const probes = await startProbes({ host, port: ports.http, readiness, registry });
    return { http: probes.url, grpc: undefined, readiness, close: probes.close };
  }
  const { ApiMetrics, startApi } = await import("./api/index.ts");
  return await startApi({
    parts: {
      profile,
      access,
      audit,
      queue,
      workflows: role === "all" ? workflows : { cancel: cancelByQueue(options), ready: () => workflows.ready() },
      ...options.readers(inside),
      log,
    },
    host,
    ports,
    requestsPerSecond: options.requestsPerSecond,
    metrics: new ApiMetrics(registry),
  });
}

/** An API may not touch Workflows; a dispatcher that gets a cancelled submission's job once more cancels it. */
function cancelByQueue({ audit, queue }: ServiceOptions) {
  return async (_namespace: string, submissionId: string): Promise<void> => {
    const record = await audit.record(submissionId);
    if (record === undefined) throw new Unavailable("audit", `the audit log does not have ${submissionId} at hand`);
    await queue.enqueue(jobOf(record));
  };
}
