import type { PlatformProfile } from "../../spec/index.ts";
import type { Access } from "../access/index.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Workflows } from "../kubernetes/workflows.ts";
import type { LineageReader } from "../lineage/lineage.ts";
import type { LogReader } from "../logs/logs.ts";
import type { JobQueue } from "../queue/queue.ts";
import type { StatusReader } from "../status/status.ts";

/** What the service says about itself; pino's own shape. */
export interface ServiceLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What the use cases stand on. */
export interface Parts {
  readonly profile: PlatformProfile;
  readonly access: Access;
  readonly audit: AuditLog;
  readonly queue: JobQueue;
  readonly workflows: Pick<Workflows, "cancel" | "ready">;
  readonly status: StatusReader;
  readonly logs: LogReader;
  readonly lineage: LineageReader;
  readonly log: ServiceLog;
}
