import { openEmbeddedAuditLog } from "./audit/index.ts";
import { EmbeddedQueue } from "./queue/embedded-queue.ts";
import { outboxOf } from "./queue/outbox.ts";
import { type RunSettings, runsOf } from "./runs.ts";
import { type RunningService, type ServiceOptions, startService } from "./serve.ts";

export interface EmbeddedServiceOptions
  extends RunSettings,
    Pick<ServiceOptions, "kubeConfig" | "profile" | "access" | "host" | "ports"> {
  /** Where the audit log is kept; one process at a time. */
  readonly folder: string;
}

export type EmbeddedService = RunningService;

/** All roles in one process: audit log by chdb, queue in memory before its outbox, dispatcher, watch, API. */
export async function startEmbeddedService(options: EmbeddedServiceOptions): Promise<EmbeddedService> {
  const { folder, log, kubeConfig, profile, access, host, ports } = options;
  const audit = await openEmbeddedAuditLog(folder, (message) => log.warn({ folder }, message));
  const queue = new EmbeddedQueue({
    outbox: outboxOf(audit),
    onFailure: (error) =>
      log.warn({ error: error instanceof Error ? error.message : String(error) }, "jobs will be handed out again"),
  });
  const common = { kubeConfig, profile, access, host, ports, log };
  return await startService({ ...common, role: "all", audit, queue, ...runsOf(options) });
}
