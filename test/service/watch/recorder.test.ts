import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditLog, openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import type { WorkflowObject } from "../../../submission/service/kubernetes/objects.ts";
import type { WorkflowWatcher } from "../../../submission/service/kubernetes/workflows.ts";
import { RunStatus } from "../../../submission/service/status/reader.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import {
  type Happened,
  type RunSink,
  type RunWatchOptions,
  watchRuns,
} from "../../../submission/service/watch/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { argoRun, BROKEN, DONE, MIDNIGHT, sampleRecord } from "../../unit/service/runs.ts";

let folder: string;
let audit: AuditLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-watch-"));
  audit = await openEmbeddedAuditLog(folder);
});
afterEach(async () => {
  await audit.close();
  await rm(folder, { recursive: true, force: true });
});

const row = { actor: "alice@example.com", at: MIDNIGHT, digests: {}, detail: {} };

/** As the API leaves it. */
async function accepted(id: string): Promise<void> {
  await audit.open(sampleRecord(id), { ...row, key: "accepted", event: "accepted" });
}

/** As the API and the dispatcher leave it. */
async function dispatched(id: string): Promise<void> {
  await accepted(id);
  await audit.append(id, [{ ...row, key: "dispatched", event: "dispatched" }]);
}

/** Watches a cluster that the test tells what to say; `later` came after its list. */
function watching(
  sinks: readonly RunSink[] = [],
  later: readonly WorkflowObject[] = [],
  settings: Partial<Pick<RunWatchOptions, "audit" | "pauseMillis" | "retryMillis">> = {},
) {
  const standing = new Map(later.map((workflow) => [workflow.metadata.name, workflow]));
  let cluster: WorkflowWatcher | undefined;
  const watch = watchRuns({
    audit,
    workflows: {
      watch: (watcher) => {
        cluster = watcher;
      },
      get: async (_namespace, name) => standing.get(name),
    },
    teams: localProfile().teams,
    sinks,
    retryMillis: 1,
    now: () => MIDNIGHT + 99_000,
    ...settings,
  });
  if (cluster === undefined) throw new Error("it watches at once");
  return { watch, cluster };
}

/** The audit log, but for what a test says. */
const auditBut = (part: Partial<RunWatchOptions["audit"]>): RunWatchOptions["audit"] => ({
  append: (...asked) => audit.append(...asked),
  chain: (...asked) => audit.chain(...asked),
  events: (...asked) => audit.events(...asked),
  list: (...asked) => audit.list(...asked),
  record: (...asked) => audit.record(...asked),
  untold: (...asked) => audit.untold(...asked),
  ...part,
});
const away = () => new Unavailable("audit", "the audit store is away");

const listener = (tell: RunSink["tell"]): RunSink => ({ name: "lineage", tell });

const eventsOf = async (id: string) => (await audit.chain(id)).map(({ event }) => event);
const untilEnd = async (id: string) => {
  await expect.poll(async () => (await audit.chain(id)).at(-1)?.key, { timeout: 10_000 }).toBe("end");
};

describe("a watch over runs", () => {
  test("writes what happened to a run once, however often it sees it, and after a restart", async () => {
    await dispatched("sub-1");
    const first = watching();
    first.cluster.onWorkflow(argoRun("sub-1", { phase: "Running", from: 1 }));
    first.cluster.onWorkflow(argoRun("sub-1", { phase: "Running", from: 1 }));
    await expect.poll(() => eventsOf("sub-1")).toContain("running");
    await first.watch.close();

    const second = watching();
    second.cluster.onWorkflow(argoRun("sub-1", DONE));
    second.cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilEnd("sub-1");
    await second.watch.close();
    const chain = await audit.chain("sub-1");
    expect(chain.filter(({ event }) => event === "running")).toHaveLength(1);
    expect(chain.map(({ key }) => key)).toHaveLength(new Set(chain.map(({ key }) => key)).size);
    expect(chain.at(-1)?.event).toBe("succeeded");
  });

  test("writes the end only when all who want to know were told", async () => {
    await dispatched("sub-1");
    const told: Happened[] = [];
    const sink = listener(async (happened) => {
      expect(await eventsOf("sub-1")).not.toContain("succeeded");
      told.push(happened);
    });
    const { watch, cluster } = watching([sink]);
    cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilEnd("sub-1");
    await watch.close();
    expect(told.map(({ entries }) => entries.at(-1)?.event)).toEqual(["succeeded"]);
    expect(await eventsOf("sub-1")).not.toContain("untold");
  });

  test("tells a run again whose end was not written before a restart", async () => {
    await dispatched("sub-1");
    const never = listener(() => new Promise(() => undefined));
    const first = watching([never]);
    first.cluster.onWorkflow(argoRun("sub-1", DONE));
    await expect.poll(() => eventsOf("sub-1")).toContain("running");
    // As a killed process: nobody waits for it.
    void first.watch.close();

    const told: Happened[] = [];
    const second = watching([listener(async (happened) => void told.push(happened))]);
    second.cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilEnd("sub-1");
    expect(told.flatMap(({ entries }) => entries.map(({ key }) => key))).toContain("running");
    await second.watch.close();
  });

  test("says that a run was dispatched when it sees its Workflow, where the dispatcher did not live to say so", async () => {
    await accepted("sub-1");
    const run = argoRun("sub-1", { phase: "Running", from: 1 });
    const { watch, cluster } = watching();
    cluster.onWorkflow(run);
    await expect.poll(() => eventsOf("sub-1")).toEqual(["accepted", "dispatched", "running"]);
    await watch.close();
    expect((await audit.chain("sub-1"))[1]).toMatchObject({
      detail: { workflow: "team-research/sub-1" },
      digests: { manifest: sampleRecord("sub-1").manifestDigest },
    });
  });

  test("leaves Workflows alone that nobody submitted through the service", async () => {
    const { watch, cluster } = watching();
    cluster.onWorkflow(argoRun("by-hand", DONE));
    await expect.poll(() => watch.open).toBe(0);
    await watch.close();
    expect(await eventsOf("by-hand")).toEqual([]);
  });

  test("ends a run whose Workflow is deleted, also while nobody watched", async () => {
    await dispatched("sub-1");
    await dispatched("sub-2");
    await dispatched("sub-3");
    const { watch, cluster } = watching();
    const run = argoRun("sub-1", { phase: "Running", from: 1 });
    cluster.onWorkflow(run);
    cluster.onWorkflow(argoRun("sub-3", { phase: "Running", from: 1 }));
    cluster.onListed();
    await watch.caughtUp;
    cluster.onDeleted(run);
    await untilEnd("sub-1");
    await untilEnd("sub-2");
    expect((await eventsOf("sub-1")).at(-1)).toBe("vanished");
    expect((await eventsOf("sub-2")).at(-1)).toBe("vanished");
    await expect.poll(() => eventsOf("sub-3")).toEqual(["accepted", "dispatched", "running"]);
    await watch.close();
  });

  test("does not end a run whose Workflow was created after the list was read", async () => {
    await dispatched("sub-1");
    const run = argoRun("sub-1", { phase: "Running", from: 1 });
    const { watch, cluster } = watching([], [run]);
    cluster.onListed();
    await watch.caughtUp;
    cluster.onWorkflow(run);
    await expect.poll(() => eventsOf("sub-1")).toEqual(["accepted", "dispatched", "running"]);
    await watch.close();
  });

  test("ends a run that was cancelled when its Workflow was gone: it is not being cancelled for ever", async () => {
    await dispatched("sub-1");
    const asked = { key: "cancel_requested", actor: "alice@example.com", at: MIDNIGHT, digests: {}, detail: {} };
    await audit.append("sub-1", [{ ...asked, event: "cancel_requested" }]);
    const { watch, cluster } = watching();
    cluster.onListed();
    await watch.caughtUp;
    expect(await eventsOf("sub-1")).toEqual(["accepted", "dispatched", "cancel_requested", "vanished"]);
    await watch.close();
  });
});

describe("runs whose Workflow was deleted while nobody watched", () => {
  test("are ended once the audit log is back, where it was away when the watch began", async () => {
    await dispatched("sub-1");
    let tries = 0;
    const list: AuditLog["list"] = async (query) => {
      tries += 1;
      if (tries <= 3) throw away();
      return audit.list(query);
    };
    const { watch, cluster } = watching([], [], { audit: auditBut({ list }) });
    cluster.onListed();
    await watch.caughtUp;
    expect(await eventsOf("sub-1")).toEqual(["accepted", "dispatched", "vanished"]);
    await watch.close();
  });

  test("are left to the next who watches when this one is told to stop", async () => {
    await dispatched("sub-1");
    let tries = 0;
    const list: AuditLog["list"] = async () => {
      tries += 1;
      throw away();
    };
    const { watch, cluster } = watching([], [], { audit: auditBut({ list }) });
    cluster.onListed();
    await expect.poll(() => tries).toBeGreaterThan(2);
    await watch.close();
    await expect(watch.caughtUp).rejects.toThrow();
    const next = watching();
    next.cluster.onListed();
    await next.watch.caughtUp;
    expect((await eventsOf("sub-1")).at(-1)).toBe("vanished");
    await next.watch.close();
  });

  test("are ended though one of them cannot be", async () => {
    for (const id of ["sub-1", "sub-bad", "sub-2"]) await dispatched(id);
    let tries = 0;
    let lists = 0;
    const append: AuditLog["append"] = async (id, entries) => {
      if (id === "sub-bad") {
        tries += 1;
        throw new TypeError("a bug");
      }
      await audit.append(id, entries);
    };
    const list: AuditLog["list"] = (query) => {
      lists += 1;
      return audit.list(query);
    };
    const { watch, cluster } = watching([], [], { audit: auditBut({ append, list }) });
    cluster.onListed();
    await untilEnd("sub-1");
    await untilEnd("sub-2");
    // That one alone is tried again: a look through the whole log each time would be for it.
    await expect.poll(() => tries).toBeGreaterThan(2);
    expect(lists).toBe(4);
    await watch.close();
  });

  test("are not those that were seen while the audit log was away: they end as they did", async () => {
    await dispatched("sub-1");
    const back = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    let tries = 0;
    const list: AuditLog["list"] = async (query) => {
      tries += 1;
      if (tries === 1) throw away();
      await back.promise;
      return audit.list(query);
    };
    const slow = listener(async ({ entries }) => {
      if (entries.some(({ key }) => key === "end")) await told.promise;
    });
    const { watch, cluster } = watching([slow], [], { audit: auditBut({ list }) });
    cluster.onListed();
    cluster.onWorkflow(argoRun("sub-1", DONE));
    await expect.poll(() => eventsOf("sub-1")).toContain("running");
    cluster.onDeleted(argoRun("sub-1", DONE));
    back.resolve();
    await watch.caughtUp;
    told.resolve();
    await untilEnd("sub-1");
    expect((await eventsOf("sub-1")).at(-1)).toBe("succeeded");
    await watch.close();
  });
});

test("a run that a replica of the audit log did not know yet is written, though its Workflow changes no more", async () => {
  await dispatched("sub-1");
  let looks = 0;
  const events: AuditLog["events"] = async (ids) => {
    looks += 1;
    return looks <= 2 ? new Map() : audit.events(ids);
  };
  const { watch, cluster } = watching([], [], { audit: auditBut({ events }) });
  cluster.onWorkflow(argoRun("sub-1", DONE));
  await untilEnd("sub-1");
  expect((await eventsOf("sub-1")).at(-1)).toBe("succeeded");
  await watch.close();
});

test("a run that a replica did not know yet is written whole though its Workflow is deleted before the next look", async () => {
  await dispatched("sub-1");
  let looks = 0;
  const events: AuditLog["events"] = async (ids) => {
    looks += 1;
    return looks === 1 ? new Map() : audit.events(ids);
  };
  const { watch, cluster } = watching([], [], { audit: auditBut({ events }), retryMillis: 600_000 });
  cluster.onWorkflow(argoRun("sub-1", DONE));
  await expect.poll(() => [looks, watch.open]).toEqual([1, 0]);
  // Of one that had ended only that is remembered.
  cluster.onDeleted(argoRun("sub-1", { ...DONE, nodes: {} }));
  await untilEnd("sub-1");
  expect((await audit.chain("sub-1")).map(({ key }) => key)).toContain("node/train_model/Succeeded");
  await watch.close();
});

test("a run is written at once, however many others were seen just before and wait for their next change", async () => {
  const ids = Array.from({ length: 300 }, (_, at) => `sub-${at}`);
  await Promise.all(ids.map(dispatched));
  const { watch, cluster } = watching([], [], { pauseMillis: 600_000 });
  for (const id of ids) cluster.onWorkflow(argoRun(id, { phase: "Running", from: 1 }));
  const written = async () => [...(await audit.events(ids)).values()].filter((events) => events.has("running")).length;
  await expect.poll(written, { timeout: 10_000 }).toBe(300);
  await watch.close();
});

describe("the status of a submission whose Workflow is gone", () => {
  const status = (id: string) =>
    new RunStatus({
      audit,
      workflows: { get: async () => undefined },
      kubeConfig: new KubeConfig(),
      profile: localProfile(),
    }).status(id);

  test("is known from the audit log: each node's state, tries and outputs", async () => {
    await dispatched("sub-1");
    const { watch, cluster } = watching();
    cluster.onWorkflow(argoRun("sub-1", BROKEN));
    await untilEnd("sub-1");
    await watch.close();
    const found = await status("sub-1");
    expect(found).toMatchObject({
      phase: "Failed",
      finished: true,
      message: "child failed",
      submitted_by: "alice@example.com",
    });
    expect(found?.nodes.map(({ node, state, attempt, retries }) => [node, state, attempt, retries])).toEqual([
      ["fetch_data", "Succeeded", 1, { user: 0, infrastructure: 0 }],
      ["compute_features", "Failed", 2, { user: 2, infrastructure: 0 }],
      ["train_model", "Skipped", 0, { user: 0, infrastructure: 0 }],
    ]);
    expect(found?.nodes[2]?.outputs).toContainEqual({
      name: "metrics_json",
      uri: "s3://artifacts/reports/sub-1/metrics.json",
    });
  });

  test("is accepted before it was ever created, and unknown where nobody submitted it", async () => {
    await accepted("sub-1");
    expect(await status("sub-1")).toMatchObject({ phase: "Accepted", finished: false });
    expect(await status("sub-9")).toBeUndefined();
  });
});
