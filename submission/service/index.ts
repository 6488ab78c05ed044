/** The door of `submission/service`: one process of it, and what it is made of. */
export { KubernetesAccess, OpenAccess } from "./access/index.ts";
export type { ServiceLog } from "./application/index.ts";
export { type AuditLog, type AuditServer, openEmbeddedAuditLog, openServerAuditLog } from "./audit/index.ts";
export { type EmbeddedService, type EmbeddedServiceOptions, startEmbeddedService } from "./embedded.ts";
export type { LeasePlace } from "./kubernetes/index.ts";
export { type S3ResultsOptions, s3Results } from "./lineage/s3-results.ts";
export { EmbeddedQueue } from "./queue/embedded-queue.ts";
export type { BrokerConnection } from "./queue/kafka-connection.ts";
export { KAFKA_NAMES } from "./queue/names.ts";
export { outboxOf } from "./queue/outbox.ts";
export type { JobQueue } from "./queue/queue.ts";
export { type RunSettings, runsOf } from "./runs.ts";
export {
  type Inside,
  type Readers,
  ROLES,
  type Role,
  type RunningService,
  type ServiceOptions,
  startService,
} from "./serve.ts";
