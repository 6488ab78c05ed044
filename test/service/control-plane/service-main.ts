/** One process of the service, to be killed: `node service-main.ts SETTINGS`, started by `ServiceProcess`. */
import { KubeConfig } from "@kubernetes/client-node";
import {
  type AuditLog,
  EmbeddedQueue,
  type JobQueue,
  OpenAccess,
  openEmbeddedAuditLog,
  openServerAuditLog,
  outboxOf,
  runsOf,
  startService,
} from "../../../submission/service/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import type { ServiceSettings } from "./service-process.ts";

const settings = JSON.parse(process.argv[2] ?? "") as ServiceSettings;
if (settings.clockAhead !== undefined) {
  const { clockAhead } = settings;
  const { now } = Date;
  Date.now = () => now() + clockAhead;
}
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(settings.kubeconfig);
const log = {
  info: () => undefined,
  warn: (details: object, message: string) => console.error(message, JSON.stringify(details)),
  error: (details: object, message: string) => console.error(message, JSON.stringify(details)),
};
const audit = await openAudit();
if (settings.dies !== undefined) dieAtCreate(audit, settings.dies);
const service = await startService({
  role: settings.role,
  profile: localProfile(),
  kubeConfig,
  audit,
  queue: await openQueue(audit),
  access: () => new OpenAccess(),
  ports: { http: settings.port, grpc: 0 },
  ...runsOf({ log, lease: settings.lease, leaseMillis: settings.lease?.millis }),
  relay:
    settings.brokers === undefined ? false : { olderThanMillis: 2_000, againAfterMillis: 5_000, everyMillis: 1_000 },
  log,
});
process.once("SIGTERM", () => void service.close().then(() => process.exit(0)));
process.send?.({ http: service.http });

/** Between what is written and what is done, where no test from outside would meet it. */
function dieAtCreate(of: AuditLog, when: "before create" | "after create"): void {
  const append = of.append.bind(of);
  const writes = (entries: Parameters<AuditLog["append"]>[1], event: string) =>
    entries.some((entry) => entry.event === event && entry.actor === "orch-dispatcher");
  of.append = async (id, entries) => {
    if (when === "after create" && writes(entries, "dispatched")) process.kill(process.pid, "SIGKILL");
    await append(id, entries);
    if (when === "before create" && writes(entries, "dispatching")) process.kill(process.pid, "SIGKILL");
  };
}

async function openAudit(): Promise<AuditLog> {
  const { audit: where } = settings;
  return typeof where === "string" ? await openEmbeddedAuditLog(where) : openServerAuditLog(where);
}

async function openQueue(of: AuditLog): Promise<JobQueue> {
  if (settings.brokers === undefined) return new EmbeddedQueue({ outbox: outboxOf(of) });
  const { KafkaQueue } = await import("../../../submission/service/queue/kafka-queue.ts");
  return new KafkaQueue({ connection: settings.brokers, sessionMillis: 3_000 });
}
