import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import {
  type AuditLog,
  EmbeddedQueue,
  type JobQueue,
  KubernetesAccess,
  OpenAccess,
  openEmbeddedAuditLog,
  openServerAuditLog,
  outboxOf,
  type Role,
  runsOf,
  type ServiceLog,
  s3Results,
  startService,
} from "../../service/index.ts";
import { UserError } from "../../spec/user-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readProfile } from "../profile-file.ts";
import { type Cluster, type ClusterOptions, connect, stateFolder } from "../run/connect.ts";
import { profileOf } from "../run/team.ts";
import { type ServeEnvironment, serveEnvironment } from "../serve-environment.ts";
import type { Terminal } from "../terminal.ts";

export interface ServeOptions extends ClusterOptions {
  readonly role: Role;
  readonly host?: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  /** Folder of the embedded audit store. */
  readonly audit?: string;
  readonly insecureNoAuth?: boolean;
}

/** Serves until it is told to stop (SIGTERM, SIGINT), then finishes what is in hand. */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const { role } = options;
  const environment = serveEnvironment(role, process.env);
  // Whoever runs roles apart does so in pods, which others must reach.
  const host = options.host ?? (role === "all" ? "127.0.0.1" : "0.0.0.0");
  if (options.insecureNoAuth === true && host !== "127.0.0.1") {
    throw new UserError(`without authentication the service listens on 127.0.0.1 only, not on ${host}`, {
      hint: "leave out --insecure-no-auth or --host",
    });
  }
  const cluster = clusterOf(options);
  const profile = environment.profile === undefined ? await profileOf(cluster) : await readProfile(environment.profile);
  const log = logTo(terminal);
  const audit = await auditOf(environment, options, log);
  const service = await startService({
    role,
    profile,
    kubeConfig: cluster.kubeConfig,
    audit,
    queue: await queueOf(environment, role, audit, log),
    relay: environment.brokers !== undefined,
    access: (connection) => (options.insecureNoAuth === true ? new OpenAccess() : new KubernetesAccess({ connection })),
    host,
    ports: { http: options.httpPort, grpc: options.grpcPort },
    ...runsOf({
      traces: environment.traces,
      lineage: environment.lineage,
      readResult: environment.results === "s3" ? s3Results({ storage: profile.storage, log }) : undefined,
      // With the embedded store nothing else can run beside this process.
      lease: environment.audit === undefined ? undefined : environment.watchLease,
      log,
    }),
    log,
  });
  await toldToStop();
  log.info({ role }, "stopping: what is in hand is finished");
  await service.close();
  return EXIT.fine;
}

/** Inside a pod its own account, unless a cluster is named. */
function clusterOf(options: ServeOptions): Cluster {
  const named = options.kubeconfig ?? options.context ?? options.state;
  if (named !== undefined || process.env.KUBERNETES_SERVICE_HOST === undefined) return connect(options);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromCluster();
  return { kubeConfig, embedded: false, description: "the cluster this runs in" };
}

async function auditOf(environment: ServeEnvironment, options: ServeOptions, log: ServiceLog): Promise<AuditLog> {
  if (environment.audit !== undefined) return openServerAuditLog(environment.audit);
  const folder = options.audit ?? join(stateFolder(options), "audit");
  return await openEmbeddedAuditLog(folder, (message) => log.warn({ folder }, message));
}

async function queueOf({ brokers }: ServeEnvironment, role: Role, audit: AuditLog, log: ServiceLog): Promise<JobQueue> {
  const onFailure = (error: unknown) =>
    log.warn({ error: error instanceof Error ? error.message : String(error) }, "jobs are tried again");
  if (brokers === undefined) return new EmbeddedQueue({ outbox: outboxOf(audit), onFailure });
  const { KafkaQueue } = await import("../../service/queue/kafka-queue.ts");
  return new KafkaQueue({ ...brokers, connection: brokers, clientId: `orch-${role}`, onFailure });
}

/** One line of JSON for each thing it says, on standard error. */
function logTo(terminal: Terminal): ServiceLog {
  const line = (level: string) => (details: object, message: string) =>
    terminal.note(JSON.stringify({ time: new Date().toISOString(), level, message, ...details }));
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
