import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CoordinationV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type AuditLog, openServerAuditLog } from "../../../submission/service/index.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { entriesOf } from "../../../submission/service/watch/entries.ts";
import { type ArgoRun, argoRun, DONE, MIDNIGHT, sampleRecord } from "../../unit/service/runs.ts";
import { chdbOverHttp } from "../audit/chdb-over-http.ts";
import { eventually } from "./eventually.ts";
import { ServiceProcess } from "./service-process.ts";

const PLACE = { group: "argoproj.io", version: "v1alpha1", namespace: "team-research", plural: "workflows" } as const;
const LEASE = { namespace: "default", name: "submission-watch" } as const;
const LEASE_MILLIS = 3_000;

const running = (from: number) => ({ phase: "Running", tries: [{ phase: "Running", from }] });
const { fetch_data, compute_features } = DONE.nodes ?? {};
/** What a run comes through, one after the other. */
const STEPS: readonly ArgoRun[] = [
  { phase: "Running", from: 1, nodes: { fetch_data: running(2) } },
  { phase: "Running", from: 1, nodes: { ...(fetch_data && { fetch_data }), compute_features: running(11) } },
  {
    phase: "Running",
    from: 1,
    nodes: {
      ...(fetch_data && { fetch_data }),
      ...(compute_features && { compute_features }),
      train_model: running(26),
    },
  },
  DONE,
];

let folder: string;
let endpoint: Awaited<ReturnType<typeof chdbOverHttp>>;
let audit: AuditLog;
let workflows: CustomObjectsApi;
let leases: CoordinationV1Api;
let dispatchers: readonly [ServiceProcess, ServiceProcess];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orch-election-"));
  const config = new KubeConfig();
  config.loadFromFile(inject("serviceKubeconfig"));
  workflows = config.makeApiClient(CustomObjectsApi);
  leases = config.makeApiClient(CoordinationV1Api);
  // As the platform stack makes it.
  await leases.createNamespacedLease({
    namespace: LEASE.namespace,
    body: { metadata: { name: LEASE.name, labels: { "app.kubernetes.io/managed-by": "pulumi" } } },
  });
  endpoint = await chdbOverHttp();
  const server = { address: endpoint.address, username: "audit_writer", password: "secret" };
  audit = openServerAuditLog(server);
  const process = (name: string) =>
    new ServiceProcess({
      role: "dispatcher",
      kubeconfig: inject("serviceKubeconfig"),
      port: 0,
      audit: server,
      lease: { ...LEASE, millis: LEASE_MILLIS },
      log: join(folder, name),
    });
  dispatchers = [process("one"), process("other")];
  await Promise.all(dispatchers.map((each) => each.start()));
});
afterAll(async () => {
  await Promise.all(dispatchers.map((each) => each.stop()));
  await audit.close();
  await endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

async function leads(process: ServiceProcess): Promise<boolean> {
  const response = await fetch(`${process.url}/metrics`, { signal: AbortSignal.timeout(1_000) });
  return /^orch_watch_leading 1$/m.test(await response.text());
}

/** The one that watches, and the other. */
const roles = () =>
  eventually("exactly one watches", async () => {
    const [one, other] = dispatchers;
    const [first, second] = await Promise.all(dispatchers.map(leads));
    if (first === second) return undefined;
    return first ? { leader: one, other } : { leader: other, other: one };
  });

/** Runs that were accepted and dispatched, as the API and a dispatcher leave them. */
async function dispatched(ids: readonly string[]): Promise<void> {
  await Promise.all(
    ids.map(async (id) => {
      const record = sampleRecord(id);
      const row = { actor: "alice@example.com", at: MIDNIGHT, digests: {}, detail: {} };
      await audit.open(record, { ...row, key: "accepted", event: "accepted" });
      await workflows.createNamespacedCustomObject({ ...PLACE, body: JSON.parse(record.manifest) as object });
      await audit.append(id, [{ ...row, key: "dispatched", event: "dispatched" }]);
    }),
  );
}

/** As Argo's controller writes it. */
async function step(ids: readonly string[], at: number): Promise<void> {
  for (const name of ids) {
    const { status } = argoRun(name, STEPS[at] ?? DONE);
    await workflows.patchNamespacedCustomObject(
      { ...PLACE, name, body: { status } },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
}

const keysOf = async (id: string) => (await audit.chain(id)).map(({ key }) => key);
const told = (ids: readonly string[], key: string) =>
  eventually(`${key} of all is written`, async () => {
    const keys = await Promise.all(ids.map(keysOf));
    return keys.every((each) => each.includes(key));
  });

/** Whole, in order and once. */
async function expectWhole(ids: readonly string[]): Promise<void> {
  await told(ids, "end");
  for (const id of ids) {
    const expected = entriesOf(runState(argoRun(id, DONE))).map(({ key }) => key);
    expect([id, ...(await keysOf(id))]).toEqual([id, "accepted", "dispatched", ...expected]);
  }
}

const idsOf = (name: string) => Array.from({ length: 12 }, (_, index) => `${name}-${index}`);

describe("of two dispatchers one watches the runs", () => {
  test("and when it is killed the other takes over within the lease, and each run is told whole", async () => {
    const ids = idsOf("killed");
    const { leader, other } = await roles();
    await dispatched(ids);
    await step(ids, 0);
    await told(ids, "node/fetch_data/1/Running");
    // Some of the second step are seen by the first, some by nobody, some by the other.
    const stepping = step(ids, 1);
    await eventually("the second step has begun", async () =>
      (await keysOf(ids[0] ?? "")).includes("node/fetch_data/Succeeded"),
    );
    await leader.kill();
    const from = performance.now();
    await stepping;
    await eventually("the other watches", () => leads(other));
    // And what it takes to look: an eighth of the lease between two looks, and the requests.
    expect(performance.now() - from).toBeLessThan(LEASE_MILLIS + 1_500);
    await step(ids, 2);
    await step(ids, 3);
    await expectWhole(ids);
    await leader.start();
    expect((await roles()).leader).toBe(other);
  });

  test("and when it stood still for too long it watches no more, and nothing is written twice", async () => {
    const ids = idsOf("paused");
    const { leader, other } = await roles();
    await dispatched(ids);
    await step(ids, 0);
    await told(ids, "node/fetch_data/1/Running");
    leader.pause();
    await step(ids, 1);
    await eventually("the other watches", () => leads(other));
    await step(ids, 2);
    leader.resume();
    expect((await roles()).leader).toBe(other);
    await step(ids, 3);
    await expectWhole(ids);
  });

  test("and when it is stopped the other watches, and the Lease keeps what the stack wrote on it", async () => {
    const { leader, other } = await roles();
    await leader.stop();
    await eventually("the other watches", () => leads(other));
    const { metadata, spec } = await leases.readNamespacedLease(LEASE);
    expect(metadata?.labels).toEqual({ "app.kubernetes.io/managed-by": "pulumi" });
    expect(spec?.leaseTransitions).toBeGreaterThanOrEqual(3);
    await leader.start();
  });
});
