import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AuditLog, openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import type { WorkflowObject } from "../../../submission/service/kubernetes/objects.ts";
import type { WorkflowWatcher } from "../../../submission/service/kubernetes/workflows.ts";
import { RunStatus } from "../../../submission/service/status/reader.ts";
import { type Happened, type RunSink, watchRuns } from "../../../submission/service/watch/index.ts";
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
function watching(sinks: readonly RunSink[] = [], later: readonly WorkflowObject[] = []) {
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
  });
  if (cluster === undefined) throw new Error("it watches at once");
  return { watch, cluster };
}

const listener = (tell: RunSink["tell"]): RunSink => ({ name: "lineage", forget: () => undefined, tell });

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
