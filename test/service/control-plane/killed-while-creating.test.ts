import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openEmbeddedAuditLog } from "../../../submission/service/index.ts";
import { eventually } from "./eventually.ts";
import { oneProcess } from "./processes.ts";
import { bodyFor, post } from "./submitting.ts";

const DAY = 86_400_000;
const audited = z.object({ entries: z.array(z.object({ event: z.string() })) });

let running: Awaited<ReturnType<typeof oneProcess>>;

beforeEach(async () => {
  running = await oneProcess("killed-");
});
afterEach(() => running.stop());

/** A submission whose dispatcher is killed there. */
async function killedAt(dies: "before create" | "after create", id: string): Promise<void> {
  running.service.change({ dies });
  await running.service.start();
  // Whether the answer still comes is chance.
  await post(running.service.url, bodyFor(id)).catch(() => undefined);
  await running.service.gone();
}

/** Another submission is dispatched, and this one has no more to come: which of the two is first is chance. */
async function caughtUp(id: string): Promise<void> {
  await eventually("the next one is created", async () => {
    await post(running.service.url, bodyFor(`${id}-next`));
    return running.created.uids.has(`${id}-next`);
  });
  await eventually("what was left is taken care of", async () => {
    const answer = await fetch(`${running.service.url}/api/orch/audit/${id}`);
    return audited.parse(await answer.json()).entries.some(({ event }) => ["dispatched", "vanished"].includes(event));
  });
}

async function chainOf(id: string) {
  await running.service.stop();
  const audit = await openEmbeddedAuditLog(running.audit);
  try {
    return await audit.chain(id);
  } finally {
    await audit.close();
  }
}

describe("a dispatcher that is killed", () => {
  test("before it created what it said it would create: the next one creates it", async () => {
    const id = "killed-before";
    await killedAt("before create", id);
    expect(running.created.uids.has(id)).toBe(false);
    running.service.change({});
    await running.service.start();
    await eventually("it is created", () => running.created.uids.has(id));
    await caughtUp(id);
    expect(running.created.repeated).toEqual([]);
    expect((await chainOf(id)).map(({ key }) => key)).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("after it created a Workflow, before it could say so: the next one finds it", async () => {
    const id = "killed-after";
    await killedAt("after create", id);
    await eventually("it was created", () => running.created.uids.has(id));
    running.service.change({});
    await running.service.start();
    await caughtUp(id);
    expect(running.created.repeated).toEqual([]);
    expect((await chainOf(id)).map(({ key }) => key)).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("there, and nobody comes before the Workflow ran and went by its ttl_days: it is not run again, and says why", async () => {
    const id = "killed-long-ago";
    await killedAt("after create", id);
    await eventually("it was created", () => running.created.uids.has(id));
    await running.created.remove([id]);
    running.service.change({ clockAhead: 2 * DAY });
    await running.service.start();
    await caughtUp(id);
    const answer = await fetch(`${running.service.url}/api/orch/status/${id}`);
    const status = await answer.json();
    expect(status).toMatchObject({
      phase: "Vanished",
      finished: true,
      message: expect.stringContaining("it is not created again"),
    });
    expect(running.created.repeated).toEqual([]);
    expect(await running.created.standing()).not.toContain(id);
    expect((await chainOf(id)).map(({ event }) => event)).toEqual(["accepted", "dispatching", "vanished"]);
  });
});
