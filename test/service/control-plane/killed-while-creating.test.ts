import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openEmbeddedAuditLog } from "../../../submission/service/index.ts";
import { CreatedWorkflows } from "./created.ts";
import { eventually } from "./eventually.ts";
import { ServiceProcess } from "./service-process.ts";
import { bodyFor, post } from "./submitting.ts";

const DAY = 86_400_000;

let folder: string;
let service: ServiceProcess;
let created: CreatedWorkflows;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "orch-killed-"));
  const config = new KubeConfig();
  config.loadFromFile(inject("serviceKubeconfig"));
  created = await CreatedWorkflows.watch(config, "killed-");
  service = new ServiceProcess({
    role: "all",
    kubeconfig: inject("serviceKubeconfig"),
    port: 0,
    audit: join(folder, "audit"),
    log: join(folder, "log"),
  });
});
afterEach(async () => {
  created.stop();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A submission whose dispatcher is killed there. */
async function killedAt(dies: "before create" | "after create", id: string): Promise<void> {
  service.change({ dies });
  await service.start();
  // Whether the answer still comes is chance.
  await post(service.url, bodyFor(id)).catch(() => undefined);
  await service.gone();
}

/** When the next submission is dispatched, whatever was left of an earlier process is taken care of. */
async function caughtUp(id: string): Promise<void> {
  await eventually("the next one is created", async () => {
    await post(service.url, bodyFor(id));
    return created.uids.has(id);
  });
}

async function chainOf(id: string) {
  await service.stop();
  const audit = await openEmbeddedAuditLog(join(folder, "audit"));
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
    expect(created.uids.has(id)).toBe(false);
    service.change({});
    await service.start();
    await eventually("it is created", () => created.uids.has(id));
    await caughtUp("killed-before-next");
    expect(created.repeated).toEqual([]);
    expect((await chainOf(id)).map(({ key }) => key)).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("after it created a Workflow, before it could say so: the next one finds it", async () => {
    const id = "killed-after";
    await killedAt("after create", id);
    await eventually("it was created", () => created.uids.has(id));
    service.change({});
    await service.start();
    await caughtUp("killed-after-next");
    expect(created.repeated).toEqual([]);
    expect((await chainOf(id)).map(({ key }) => key)).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("there, and nobody comes before the Workflow ran and went by its ttl_days: it is not run again, and says why", async () => {
    const id = "killed-long-ago";
    await killedAt("after create", id);
    await eventually("it was created", () => created.uids.has(id));
    await created.remove([id]);
    service.change({ clockAhead: 2 * DAY });
    await service.start();
    await caughtUp("killed-long-ago-next");
    const status = await fetch(`${service.url}/api/orch/status/${id}`);
    expect(await status.json()).toMatchObject({
      phase: "Vanished",
      finished: true,
      message: expect.stringContaining("it is not created again"),
    });
    expect(created.repeated).toEqual([]);
    expect(await created.standing()).not.toContain(id);
    expect((await chainOf(id)).map(({ event }) => event)).toEqual(["accepted", "dispatching", "vanished"]);
  });
});
