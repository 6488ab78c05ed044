import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { nodeSpanId, submissionSpanId } from "../../../submission/compile/trace.ts";
import { type AuditLog, openEmbeddedAuditLog } from "../../../submission/service/audit/index.ts";
import type { WorkflowWatcher } from "../../../submission/service/kubernetes/workflows.ts";
import { runId } from "../../../submission/service/lineage/events.ts";
import type { ReadResult } from "../../../submission/service/lineage/result.ts";
import { s3Results } from "../../../submission/service/lineage/s3-results.ts";
import { LineageSink } from "../../../submission/service/lineage/sink.ts";
import { SpanSink } from "../../../submission/service/trace/sink.ts";
import { type RunSink, watchRuns } from "../../../submission/service/watch/index.ts";
import { localProfile } from "../../../submission/spec/index.ts";
import { type ArgoRun, argoRun, DONE, MIDNIGHT, sampleRecord } from "../../unit/service/runs.ts";
import { HttpSink } from "./http-sink.ts";
import { S3Server } from "./s3-server.ts";

const RUNNING: ArgoRun = {
  phase: "Running",
  from: 1,
  nodes: { fetch_data: { phase: "Succeeded", to: 10, tries: [{ phase: "Succeeded", from: 2, to: 10 }] } },
};
const WAIT = { timeout: 20_000 };

let folder: string;
let audit: AuditLog;
let sink: HttpSink;
const ending: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orch-outage-"));
  audit = await openEmbeddedAuditLog(folder);
  sink = await HttpSink.start();
});
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  await sink.close();
  await audit.close();
  await rm(folder, { recursive: true, force: true });
});

async function dispatched(id: string): Promise<void> {
  const row = { actor: "alice@example.com", at: MIDNIGHT, digests: {}, detail: {} };
  await audit.open(sampleRecord(id), { ...row, key: "accepted", event: "accepted" });
  await audit.append(id, [{ ...row, key: "dispatched", event: "dispatched" }]);
}

const problems: string[] = [];
function lineage(readResult: ReadResult = async () => undefined): RunSink {
  const onProblem = (problem: string) => void problems.push(problem);
  return new LineageSink({ url: sink.url, profile: localProfile(), audit, readResult, onProblem });
}

/** Watches a cluster that the test tells what to say; each is another life of the process. */
function watching(...sinks: readonly RunSink[]) {
  let cluster: WorkflowWatcher | undefined;
  const watch = watchRuns({
    audit,
    workflows: {
      watch: (watcher) => {
        cluster = watcher;
      },
      get: async () => undefined,
    },
    teams: localProfile().teams,
    sinks,
    retryMillis: 1,
    pauseMillis: 1,
    now: () => MIDNIGHT + 99_000,
  });
  ending.push(() => watch.close());
  if (cluster === undefined) throw new Error("it watches at once");
  return { watch, cluster };
}

const keysOf = async (id: string) => (await audit.chain(id)).map(({ key }) => key);
const untilWritten = (id: string, key: string) => expect.poll(() => keysOf(id), WAIT).toContain(key);

interface Event {
  readonly eventType: string;
  readonly run: { readonly runId: string; readonly facets: { readonly orch_result?: { readonly unreadable: string } } };
  readonly job: { readonly name: string };
  readonly outputs: readonly { readonly facets?: { readonly version?: { readonly datasetVersion: string } } }[];
}
const events = (): Event[] => sink.received.map(({ body }) => JSON.parse(body.toString()));
/** Of one run, without repeats. */
const told = (id: string) => {
  const names = new Map(
    ["", "fetch_data", "compute_features", "train_model"].map((node) => [runId(id, node), node || "whole"]),
  );
  return [
    ...new Set(
      events().flatMap(({ run, eventType }) => (names.has(run.runId) ? [`${eventType} ${names.get(run.runId)}`] : [])),
    ),
  ];
};
const ALL = [
  "START whole",
  "START fetch_data",
  "COMPLETE fetch_data",
  "START compute_features",
  "COMPLETE compute_features",
  "START train_model",
  "COMPLETE whole",
  "COMPLETE train_model",
];

describe("while lineage is away", () => {
  test("a run ends and its Workflow goes, and lineage is told all of it, in its order, once it is back", async () => {
    await dispatched("sub-1");
    const { cluster } = watching(lineage());
    await sink.away();
    cluster.onWorkflow(argoRun("sub-1", RUNNING));
    await untilWritten("sub-1", "node/fetch_data/Succeeded");
    cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilWritten("sub-1", "end");
    cluster.onDeleted(argoRun("sub-1", DONE));
    expect((await keysOf("sub-1")).slice(-2)).toEqual(["untold/lineage", "end"]);
    await sink.back();
    await untilWritten("sub-1", "told/lineage");
    expect(told("sub-1")).toEqual(ALL);
    expect(await audit.untold("lineage", 10)).toEqual([]);
  });

  test("the process ends too, and the next one tells what only the audit log still knows", async () => {
    await dispatched("sub-1");
    const first = watching(lineage());
    await sink.away();
    first.cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilWritten("sub-1", "end");
    await first.watch.close();
    await sink.back();
    watching(lineage()).cluster.onListed();
    await untilWritten("sub-1", "told/lineage");
    expect(told("sub-1")).toEqual(ALL);
  });

  test("a Workflow is deleted that nobody watches, and what was seen of it is told, and that it ended", async () => {
    await dispatched("sub-1");
    const first = watching(lineage());
    await sink.away();
    first.cluster.onWorkflow(argoRun("sub-1", RUNNING));
    await untilWritten("sub-1", "node/fetch_data/Succeeded");
    await first.watch.close();
    watching(lineage()).cluster.onListed();
    await untilWritten("sub-1", "end");
    await sink.back();
    await untilWritten("sub-1", "told/lineage");
    expect(told("sub-1")).toEqual(["START whole", "START fetch_data", "COMPLETE fetch_data", "ABORT whole"]);
  });

  test("a run goes on, and what was missed of it is told once lineage is back, though nothing more happens to it", async () => {
    await dispatched("sub-1");
    const { cluster } = watching(lineage());
    await sink.away();
    cluster.onWorkflow(argoRun("sub-1", RUNNING));
    await untilWritten("sub-1", "node/fetch_data/Succeeded");
    await sink.back();
    await expect.poll(() => told("sub-1"), WAIT).toEqual(["START whole", "START fetch_data", "COMPLETE fetch_data"]);
    cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilWritten("sub-1", "end");
    expect(told("sub-1")).toEqual(ALL);
    expect(events()).toHaveLength(ALL.length);
    expect(await keysOf("sub-1")).not.toContain("untold/lineage");
  });

  test("many runs end without a wait, and it is not asked by each of them", async () => {
    const ids = Array.from({ length: 60 }, (_, at) => `sub-${at}`);
    await Promise.all(ids.map(dispatched));
    sink.answer = () => 503;
    const { watch, cluster } = watching(lineage());
    cluster.onWorkflow(argoRun("sub-0", DONE));
    await untilWritten("sub-0", "end");
    const before = sink.asked;
    for (const id of ids.slice(1)) cluster.onWorkflow(argoRun(id, DONE));
    await expect.poll(() => watch.open, WAIT).toBe(0);
    expect(await audit.untold("lineage", 100)).toHaveLength(60);
    expect(sink.asked - before).toBeLessThan(30);
    sink.answer = () => 200;
    await expect.poll(() => audit.untold("lineage", 100), WAIT).toEqual([]);
    for (const id of ids) expect(told(id)).toEqual(ALL);
  });
});

test("a process that watches again after another one did remembers nothing of what it told before: all of a run is told again", async () => {
  await dispatched("sub-1");
  const same = lineage();
  const first = watching(same);
  first.cluster.onWorkflow(argoRun("sub-1", RUNNING));
  await expect.poll(() => events(), WAIT).toHaveLength(3);
  await first.watch.close();
  watching(same).cluster.onWorkflow(argoRun("sub-1", RUNNING));
  await expect.poll(() => events(), WAIT).toHaveLength(6);
});

test("an event that lineage will never take holds back no other", async () => {
  await dispatched("sub-1");
  await dispatched("sub-2");
  const bad = runId("sub-1", "compute_features");
  sink.answer = (body) => (body.includes(bad) ? 422 : 200);
  const { cluster } = watching(lineage());
  cluster.onWorkflow(argoRun("sub-1", DONE));
  cluster.onWorkflow(argoRun("sub-2", DONE));
  await untilWritten("sub-1", "end");
  await untilWritten("sub-2", "end");
  expect(told("sub-1")).toEqual(ALL.filter((event) => !event.endsWith("compute_features")));
  expect(told("sub-2")).toEqual(ALL);
  expect(problems).toContainEqual(expect.stringContaining(`${bad}: COMPLETE will never be taken`));
});

test("a run on which lineage always breaks down holds back no other that it missed", async () => {
  const ids = ["sub-1", "sub-2", "sub-3"];
  for (const id of ids) await dispatched(id);
  sink.answer = () => 500;
  const { cluster } = watching(lineage());
  for (const id of ids) cluster.onWorkflow(argoRun(id, DONE));
  for (const id of ids) await untilWritten(id, "end");
  const bad = runId("sub-1", "compute_features");
  sink.answer = (body) => (body.includes(bad) ? 500 : 200);
  await expect.poll(() => audit.untold("lineage", 10), WAIT).toEqual(["sub-1"]);
  expect(told("sub-2")).toEqual(ALL);
  expect(told("sub-3")).toEqual(ALL);
});

test("a run that cannot be told for reasons of its own holds back no other, and stays untold", async () => {
  await dispatched("sub-1");
  await dispatched("sub-2");
  const broken: RunSink = {
    name: "lineage",
    tell: async ({ run }) => {
      if (run.submissionId === "sub-1") throw new TypeError("a bug");
    },
  };
  const { cluster } = watching(broken);
  cluster.onWorkflow(argoRun("sub-1", DONE));
  await untilWritten("sub-1", "end");
  cluster.onWorkflow(argoRun("sub-2", DONE));
  await untilWritten("sub-2", "end");
  expect(await audit.untold("lineage", 10)).toEqual(["sub-1"]);
});

describe("while the bucket of results", () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await S3Server.start("artifacts");
  });
  afterAll(() => s3.close());
  const reading = () =>
    s3Results({
      storage: { uri: "s3://artifacts", region: "us-east-1" },
      log: { warn: (_, message) => void problems.push(message) },
      client: { ...s3.client, maxAttempts: 1 },
    });
  const completed = (id: string, node: string) =>
    events().find(({ run, eventType }) => run.runId === runId(id, node) && eventType === "COMPLETE");

  test("is away, a node's end waits for it, and is told with the version the node wrote", async () => {
    await dispatched("sub-1");
    await s3.put("runs/sub-1/fetch_data/result.json", JSON.stringify({ outputs: { dataset_uri: { snapshot: 77 } } }));
    const first = watching(lineage(reading()));
    await s3.kill();
    first.cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilWritten("sub-1", "end");
    expect(completed("sub-1", "fetch_data")).toBeUndefined();
    await first.watch.close();
    watching(lineage(reading()));
    await s3.restart();
    await untilWritten("sub-1", "told/lineage");
    expect(told("sub-1")).toEqual(ALL);
    expect(completed("sub-1", "fetch_data")?.outputs[0]?.facets?.version?.datasetVersion).toBe("77");
  });

  test("has one object that is no result, the node's end is told with the reason and without a version", async () => {
    await dispatched("sub-1");
    await s3.put("runs/sub-1/fetch_data/result.json", '{"torn');
    const { cluster } = watching(lineage(reading()));
    cluster.onWorkflow(argoRun("sub-1", DONE));
    await untilWritten("sub-1", "end");
    expect(told("sub-1")).toEqual(ALL);
    const end = completed("sub-1", "fetch_data");
    expect(end?.run.facets.orch_result?.unreadable).toBe("it is not JSON in UTF-8");
    expect(end?.outputs[0]?.facets).toBeUndefined();
  });
});

test("while the collector of spans is away a run ends, and its spans are told once it is back", async () => {
  await dispatched("sub-1");
  const spans = new SpanSink({ endpoint: sink.url });
  ending.push(() => spans.close());
  const { cluster } = watching(spans);
  await sink.away();
  cluster.onWorkflow(argoRun("sub-1", DONE));
  await expect.poll(() => keysOf("sub-1"), { timeout: 30_000 }).toContain("end");
  expect(await audit.untold("traces", 10)).toEqual(["sub-1"]);
  await sink.back();
  await expect.poll(() => keysOf("sub-1"), { timeout: 40_000 }).toContain("told/traces");
  const all = Buffer.concat(sink.received.map(({ body }) => body));
  for (const id of [submissionSpanId("sub-1"), nodeSpanId("sub-1", "train_model")])
    expect(all.includes(Buffer.from(id, "hex"))).toBe(true);
}, 90_000);
