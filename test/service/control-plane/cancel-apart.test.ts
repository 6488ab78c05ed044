import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { DISPATCHER_GROUP } from "../../../components/queue/constants.ts";
import { eventually } from "./eventually.ts";
import { apart } from "./processes.ts";
import { bodyFor, postPatiently } from "./submitting.ts";

const PLACE = { group: "argoproj.io", version: "v1alpha1", namespace: "team-research", plural: "workflows" } as const;
const stopped = z.object({ spec: z.object({ shutdown: z.string().optional() }) });

let processes: Awaited<ReturnType<typeof apart>>;
let workflows: CustomObjectsApi;

beforeAll(async () => {
  processes = await apart("cancel-");
  workflows = processes.config.makeApiClient(CustomObjectsApi);
  await processes.api.start();
});
afterAll(() => processes.stop());
const submit = async (id: string) =>
  expect((await postPatiently(() => processes.api.url, bodyFor(id))).status).toBe(202);

async function cancel(id: string): Promise<unknown> {
  const answer = await fetch(`${processes.api.url}/api/orch/cancel/${id}`, { method: "POST" });
  return { status: answer.status, body: await answer.json() };
}
const cancelling = (id: string) => ({ status: 202, body: { submission_id: id, outcome: "cancelling" } });

const status = async (id: string) =>
  z
    .object({ phase: z.string(), finished: z.boolean(), message: z.string().optional() })
    .parse(await (await fetch(`${processes.api.url}/api/orch/status/${id}`)).json());

const eventsOf = async (id: string) =>
  z
    .object({ entries: z.array(z.object({ event: z.string() })) })
    .parse(await (await fetch(`${processes.api.url}/api/orch/audit/${id}`)).json())
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
    const { dispatcher, broker, created } = processes;
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
    const { dispatcher, created } = processes;
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
