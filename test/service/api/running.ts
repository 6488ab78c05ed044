import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Access, OpenAccess } from "../../../submission/service/access/index.ts";
import { type RunningApi, startApi } from "../../../submission/service/api/index.ts";
import type { Parts } from "../../../submission/service/application/index.ts";
import { type AuditLog, type NewEntry, openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import { EmbeddedQueue } from "../../../submission/service/queue/embedded-queue.ts";
import { outboxOf } from "../../../submission/service/queue/outbox.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { lineageFromAudit, logsFromAudit, statusFromAudit } from "./from-audit.ts";

export interface Running extends AsyncDisposable {
  readonly url: string;
  readonly api: RunningApi;
  readonly parts: Parts;
  readonly audit: AuditLog;
  readonly queue: EmbeddedQueue;
  readonly cancelled: readonly string[];
  /** Refusals that are on record. */
  readonly noted: readonly NewEntry[];
}

export interface Changes {
  readonly access?: Access;
  readonly parts?: (parts: Parts) => Partial<Parts>;
  readonly requestsPerSecond?: number;
  readonly bytesInFlight?: number;
}

/**
 * The API on the embedded audit store and queue. There is no cluster: what a Workflow would tell is told by rows that a test writes into
 * the audit log, and cancelling is noted.
 */
export async function running({
  access = new OpenAccess(),
  parts: changed,
  requestsPerSecond,
  bytesInFlight,
}: Changes = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "orch-api-"));
  const audit = await openEmbeddedAuditLog(folder);
  const queue = new EmbeddedQueue({ outbox: outboxOf(audit) });
  const cancelled: string[] = [];
  const noted: NewEntry[] = [];
  const real: Parts = {
    profile: localProfile(),
    access,
    audit: withRefusals(audit, noted),
    queue,
    workflows: { cancel: async (_namespace, name) => void cancelled.push(name), ready: async () => undefined },
    status: statusFromAudit(audit),
    logs: logsFromAudit(),
    lineage: lineageFromAudit(audit),
    log: { info: () => undefined, warn: () => undefined, error: (details, message) => console.error(message, details) },
  };
  const parts = { ...real, ...changed?.(real) };
  const api = await startApi({
    parts,
    ports: { http: 0, grpc: 0 },
    requestsPerSecond,
    ...(bytesInFlight === undefined ? {} : { bytesInFlight }),
    patience: { head: 500, request: 5_000, silence: 10_000 },
  });
  return {
    url: api.http,
    api,
    parts,
    audit,
    queue,
    cancelled,
    noted,
    async [Symbol.asyncDispose]() {
      await api.close();
      await queue.close();
      await audit.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The same log, which also says what it was told of refusals: their chains have names that nobody knows. */
function withRefusals(audit: AuditLog, noted: NewEntry[]): AuditLog {
  return new Proxy(audit, {
    get(target, name) {
      if (name === "append") {
        return async (id: string, entries: readonly NewEntry[]) => {
          await target.append(id, entries);
          if (id.startsWith("refused/")) noted.push(...entries);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
