import { compile } from "../../../submission/compile/index.ts";
import type { AuditEntry, AuditEvent, NewEntry } from "../../../submission/service/audit/log.ts";
import type { WorkflowObject } from "../../../submission/service/kubernetes/objects.ts";
import { type Created, Refused } from "../../../submission/service/kubernetes/workflows.ts";
import type { Job } from "../../../submission/service/queue/queue.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { check, localProfile } from "../../../submission/spec/index.ts";
import { argoRun } from "./runs.ts";

const profile = localProfile();

/** A job as the service enqueues it: a small DAG, compiled. `variant` makes another manifest. */
export function jobFor(submissionId: string, variant = "a"): Job {
  const dag = {
    version: 1,
    pipeline_id: "queue-test",
    nodes: [{ id: "only", kind: "python_task", image: "archetype/task:1.0.0", params: { variant } }],
    edges: [],
  };
  const params = { submission_id: submissionId, env: "staging", labels: {}, secrets_scope: [], ttl_days: 1 };
  const checked = check({
    dag: { text: JSON.stringify(dag), source: "dag.json" },
    params: { text: JSON.stringify(params), source: "params.json" },
    profile,
  });
  if (!checked.ok) throw new Error(JSON.stringify(checked.diagnostics, undefined, 1));
  const compiled = compile(checked.submission, profile);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics, undefined, 1));
  const { namespace } = compiled.workflow.metadata;
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  return { submissionId, namespace, manifestDigest: compiled.digests.manifest, manifest: compiled.json(), traceparent };
}

/** The audit log's part that a dispatcher uses, in memory, with outages to order. */
export class MemoryAudit {
  readonly rows = new Map<string, NewEntry[]>();
  readonly records = new Map<string, Job>();
  /** Calls that fail before the next one works. */
  away = 0;

  accept(job: Job): void {
    this.records.set(job.submissionId, job);
    this.row(job.submissionId, "accepted");
  }

  row(id: string, event: AuditEvent, at = Date.now()): void {
    const entry = { key: event, event, actor: "alice", at, digests: {}, detail: {} };
    this.rows.set(id, [...(this.rows.get(id) ?? []), entry]);
  }

  eventsOf(id: string): AuditEvent[] {
    return (this.rows.get(id) ?? []).map(({ event }) => event);
  }

  async events(ids: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<AuditEvent>>> {
    this.#reach();
    return new Map(ids.map((id) => [id, new Set(this.eventsOf(id))]));
  }

  async chain(id: string): Promise<readonly AuditEntry[]> {
    this.#reach();
    const place = { submissionId: id, block: 0, previousHash: "", hash: "" };
    return (this.rows.get(id) ?? []).map((row, sequence) => ({ ...row, ...place, sequence }));
  }

  async append(id: string, entries: readonly NewEntry[]): Promise<void> {
    this.#reach();
    const rows = this.rows.get(id) ?? [];
    const added = entries.filter(({ key }) => !rows.some((row) => row.key === key));
    this.rows.set(id, [...rows, ...added]);
  }

  outbox = async (limit: number): Promise<readonly Job[]> => {
    this.#reach();
    const waits = ([id]: readonly [string, Job]) =>
      this.eventsOf(id).every((event) => event === "accepted" || event === "dispatching");
    return [...this.records]
      .filter(waits)
      .map(([, job]) => job)
      .slice(0, limit);
  };

  #reach(): void {
    if (this.away === 0) return;
    this.away -= 1;
    throw new Unavailable("audit", "the audit store is away");
  }
}

/** A place for Workflows in memory, with outages and refusals to order. */
export class MemoryWorkflows {
  readonly standing = new Map<string, string>();
  readonly cancelled: string[] = [];
  creates = 0;
  /** Creates that fail before the next one works. */
  away = 0;
  readonly refused = new Set<string>();
  /** Never to be had, while everything else is. */
  readonly blocked = new Set<string>();
  onCreate: ((id: string) => void) | undefined;
  /** Creates under way at once, at most. */
  widest = 0;
  #under = 0;

  async create(_namespace: string, manifest: string, digest: string): Promise<Created> {
    this.#under += 1;
    this.widest = Math.max(this.widest, this.#under);
    await new Promise((resolve) => setImmediate(resolve));
    this.#under -= 1;
    if (this.away > 0) {
      this.away -= 1;
      throw new Unavailable("kubernetes", "the API server is away");
    }
    const { name } = (JSON.parse(manifest) as { metadata: { name: string } }).metadata;
    if (this.refused.has(name)) throw new Refused(`Workflow ${name} is invalid`);
    if (this.blocked.has(name)) throw new Unavailable("kubernetes", `${name} is forbidden: exceeded quota`);
    const standing = this.standing.get(name);
    if (standing !== undefined) return standing === digest ? "exists" : "other";
    this.standing.set(name, digest);
    this.creates += 1;
    this.onCreate?.(name);
    return "created";
  }

  async get(_namespace: string, name: string): Promise<WorkflowObject | undefined> {
    return this.standing.has(name) ? argoRun(name, {}) : undefined;
  }

  async cancel(_namespace: string, name: string): Promise<void> {
    this.cancelled.push(name);
  }

  async ready(): Promise<void> {}
}
