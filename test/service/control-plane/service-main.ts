/** One process of the service, to be killed: `node service-main.ts SETTINGS`, started by `ServiceProcess`. */
import { KubeConfig } from "@kubernetes/client-node";
import {
  type AuditLog,
  EmbeddedQueue,
  type JobQueue,
  OpenAccess,
  openEmbeddedAuditLog,
  outboxOf,
  startService,
} from "../../../submission/service/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { lineageFromAudit, logsFromAudit, statusFromAudit } from "../api/from-audit.ts";
import type { ServiceSettings } from "./service-process.ts";

const settings = JSON.parse(process.argv[2] ?? "") as ServiceSettings;
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(settings.kubeconfig);
const audit = await openAudit();
const service = await startService({
  role: settings.role,
  profile: localProfile(),
  kubeConfig,
  audit,
  queue: await openQueue(audit),
  access: () => new OpenAccess(),
  ports: { http: settings.port, grpc: 0 },
  readers: () => ({
    status: statusFromAudit(audit),
    logs: logsFromAudit(),
    lineage: lineageFromAudit(audit),
  }),
  relay:
    settings.brokers === undefined ? false : { olderThanMillis: 2_000, againAfterMillis: 5_000, everyMillis: 1_000 },
  log: {
    info: () => undefined,
    warn: (details, message) => console.error(message, JSON.stringify(details)),
    error: (details, message) => console.error(message, JSON.stringify(details)),
  },
});
process.once("SIGTERM", () => void service.close().then(() => process.exit(0)));
process.send?.({ http: service.http });

async function openAudit(): Promise<AuditLog> {
  return await openEmbeddedAuditLog(settings.audit);
}

async function openQueue(log: AuditLog): Promise<JobQueue> {
  if (settings.brokers === undefined) return new EmbeddedQueue({ outbox: outboxOf(log) });
  const { KafkaQueue } = await import("../../../submission/service/queue/kafka-queue.ts");
  return new KafkaQueue({ connection: settings.brokers, sessionMillis: 3_000 });
}
