import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { DISPATCHER_GROUP } from "../../../components/queue/constants.ts";
import { chdbOverHttp } from "../audit/chdb-over-http.ts";
import { KafkaBroker } from "../queue/kafka-broker.ts";
import { CreatedWorkflows } from "./created.ts";
import { eventually } from "./eventually.ts";
import { ServiceProcess } from "./service-process.ts";
import { bodyFor, postPatiently } from "./submitting.ts";

const PLACE = { group: "argoproj.io", version: "v1alpha1", namespace: "team-research", plural: "workflows" } as const;
const stopped = z.object({ spec: z.object({ shutdown: z.string().optional() }) });

let folder: string;
let endpoint: Awaited<ReturnType<typeof chdbOverHttp>>;
let broker: KafkaBroker;
let api: ServiceProcess;
let dispatcher: ServiceProcess;
let created: CreatedWorkflows;
let workflows: CustomObjectsApi;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "orch-cancel-"));
  const config = new KubeConfig();
  config.loadFromFile(inject("serviceKubeconfig"));
  workflows = config.makeApiClient(CustomObjectsApi);
  [endpoint, broker, created] = await Promise.all([
    chdbOverHttp(),
    KafkaBroker.start(),
    CreatedWorkflows.watch(config, "cancel-"),
  ]);
  const process = (role: "api" | "dispatcher") =>
    new ServiceProcess({
      role,
      kubeconfig: inject("serviceKubeconfig"),
      port: 0,
      audit: { address: endpoint.address, username: "audit_writer", password: "secret" },
      brokers: broker.connection(role),
      log: join(folder, role),
    });
  api = process("api");
  dispatcher = process("dispatcher");
  await api.start();
});
afterAll(async () => {
  created.stop();
  await Promise.all([api.stop(), dispatcher.stop()]);
  await broker.stop();
  await endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

const submit = async (id: string) => expect((await postPatiently(() => api.url, bodyFor(id))).status).toBe(202);

async function cancel(id: string): Promise<unknown> {
  const answer = await fetch(`${api.url}/api/orch/cancel/${id}`, { method: "POST" });
  return { status: answer.status, body: await answer.json() };
}
const cancelling = (id: string) => ({ status: 202, body: { submission_id: id, outcome: "cancelling" } });

const status = async (id: string) =>
  z
    .object({ phase: z.string(), finished: z.boolean(), message: z.string().optional() })
    .parse(await (await fetch(`${api.url}/api/orch/status/${id}`)).json());

const eventsOf = async (id: string) =>
  z
    .object({ entries: z.array(z.object({ event: z.string() })) })
    .parse(await (await fetch(`${api.url}/api/orch/audit/${id}`)).json())
    .entries.map(({ event }) => event);

/** As Argo's controller writes it. */
async function says(name: string, phase: string): Promise<void> {
  const at = new Date().toISOString().replace(/\.\d+/, "");
  const over = phase === "Running" ? {} : { finishedAt: at, message: "Stopped with strategy 'Terminate'" };
  await workflows.patchNamespacedCustomObject(
    { ...PLACE, name, body: { status: { phase, startedAt: at, ...over } } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
}
const isStopped = (name: string) =>
  eventually(`${name} is told to stop`, async () => {
    const found = stopped.parse(await workflows.getNamespacedCustomObject({ ...PLACE, name }));
    return found.spec.shutdown === "Terminate";
  });

describe("with the API and the dispatcher apart, a cancel reaches", () => {
  test("a run that waits for its dispatcher: it is never created", async () => {
    const id = "cancel-waiting";
    await submit(id);
    expect(await cancel(id)).toEqual(cancelling(id));
    await dispatcher.start();
    await eventually("it is cancelled", async () => (await status(id)).finished);
    expect(await status(id)).toEqual({
      phase: "Cancelled",
      finished: true,
      message: "cancelled before its Workflow was created",
    });
    await eventually("both of its messages are handled", async () => (await broker.lag(DISPATCHER_GROUP)) === 0n);
    expect(created.uids.has(id)).toBe(false);
    expect(await eventsOf(id)).toEqual(["accepted", "cancel_requested", "cancelled"]);
  });

  test("a run that was created and waits in its queue", async () => {
    const id = "cancel-queued";
    await submit(id);
    await eventually("it is dispatched", async () => (await eventsOf(id)).includes("dispatched"));
    expect(await cancel(id)).toEqual(cancelling(id));
    await isStopped(id);
    await says(id, "Failed");
    await eventually("its end is on record", async () => (await eventsOf(id)).includes("cancelled"));
    expect(await status(id)).toMatchObject({ phase: "Cancelled", finished: true });
  });

  test("a run that is under way, also when its dispatcher is killed meanwhile; a second cancel is like the first", async () => {
    const id = "cancel-running";
    await submit(id);
    await eventually("it is created", () => created.uids.has(id));
    await says(id, "Running");
    await eventually("it runs", async () => (await eventsOf(id)).includes("running"));
    await dispatcher.kill();
    expect(await cancel(id)).toEqual(cancelling(id));
    expect(await cancel(id)).toEqual(cancelling(id));
    await dispatcher.start();
    await isStopped(id);
    await says(id, "Failed");
    await eventually("its end is on record", async () => (await eventsOf(id)).includes("cancelled"));
    expect(await eventsOf(id)).toEqual([
      "accepted",
      "dispatching",
      "dispatched",
      "running",
      "cancel_requested",
      // Its only node is skipped.
      "node",
      "cancelled",
    ]);
    expect(await status(id)).toMatchObject({ phase: "Cancelled", finished: true });
    expect(await cancel(id)).toMatchObject({ body: { outcome: "finished" } });
    expect(created.repeated).toEqual([]);
  });
});
