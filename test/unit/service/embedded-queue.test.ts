import { beforeEach, describe, expect, test } from "vitest";
import { Dispatcher } from "../../../submission/service/dispatch/dispatcher.ts";
import { EmbeddedQueue } from "../../../submission/service/queue/embedded-queue.ts";
import type { Handled, Job } from "../../../submission/service/queue/queue.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { jobFor, MemoryAudit, MemoryWorkflows } from "./dispatching.ts";

let audit: MemoryAudit;
let stop: AbortController;
beforeEach(() => {
  audit = new MemoryAudit();
  stop = new AbortController();
});

const done = (jobs: readonly Job[]): readonly Handled[] => jobs.map(() => ({ outcome: "done" }));
const idsOf = (jobs: readonly Job[]) => jobs.map(({ submissionId }) => submissionId);

/** Consumes until `count` jobs were handled; each batch as the handler got it. */
async function batches(queue: EmbeddedQueue, count: number): Promise<string[][]> {
  const seen: string[][] = [];
  await queue.consume(async (jobs) => {
    seen.push(idsOf(jobs));
    for (const id of idsOf(jobs)) audit.row(id, "dispatched");
    if (seen.flat().length >= count) stop.abort();
    return done(jobs);
  }, stop.signal);
  return seen;
}

function accepted(id: string): Job {
  const job = jobFor(id);
  audit.accept(job);
  return job;
}

test("jobs are handed out in the order they came, in batches", async () => {
  const queue = new EmbeddedQueue({ outbox: async () => [], batch: 2 });
  for (const id of ["run-1", "run-2", "run-3"]) await queue.enqueue(accepted(id));
  expect(await batches(queue, 3)).toEqual([["run-1", "run-2"], ["run-3"]]);
});

test("a job that waits already is not queued twice", async () => {
  const queue = new EmbeddedQueue({ outbox: async () => [] });
  const job = accepted("run-1");
  await queue.enqueue(job);
  await queue.enqueue(job);
  expect(await batches(queue, 1)).toEqual([["run-1"]]);
});

test("what an earlier process accepted and did not dispatch is handed out at the start", async () => {
  accepted("run-1");
  expect(await batches(new EmbeddedQueue({ outbox: audit.outbox }), 1)).toEqual([["run-1"]]);
});

test("what does not fit in memory is read from the outbox afterwards, and nothing is lost", async () => {
  const jobs = Array.from({ length: 40 }, (_, index) => accepted(`run-${index}`));
  const size = jobs[0]?.manifest.length ?? 0;
  const queue = new EmbeddedQueue({ outbox: audit.outbox, capacity: size * 5, batch: 2 });
  for (const job of jobs) await queue.enqueue(job);
  expect(queue.depth).toBeLessThan(6);
  const seen = await batches(queue, 40);
  expect(new Set(seen.flat()).size).toBe(40);
});

test("an idle queue finds what was left in the outbox", async () => {
  const queue = new EmbeddedQueue({ outbox: audit.outbox, lookEveryMillis: 1 });
  const seen = batches(queue, 2);
  await queue.enqueue(accepted("run-1"));
  accepted("run-2");
  expect((await seen).flat().sort()).toEqual(["run-1", "run-2"]);
});

describe("a handler that fails", () => {
  test("gets the same jobs again", async () => {
    const failures: unknown[] = [];
    const queue = new EmbeddedQueue({ outbox: async () => [], onFailure: (error) => failures.push(error) });
    await queue.enqueue(accepted("run-1"));
    const seen: string[][] = [];
    await queue.consume(async (jobs) => {
      seen.push(idsOf(jobs));
      if (seen.length === 1) throw new TypeError("a bug");
      stop.abort();
      return done(jobs);
    }, stop.signal);
    expect(seen).toEqual([["run-1"], ["run-1"]]);
    expect(failures).toEqual([new TypeError("a bug")]);
  });
});

test("consuming ends with the signal, also while nothing comes", async () => {
  const queue = new EmbeddedQueue({ outbox: async () => [] });
  const consuming = queue.consume(async (jobs) => done(jobs), stop.signal);
  stop.abort();
  await expect(consuming).resolves.toBeUndefined();
});

test("a closed queue takes nothing, so that nothing is promised", async () => {
  const queue = new EmbeddedQueue({ outbox: async () => [] });
  await queue.close();
  await expect(queue.enqueue(jobFor("run-1"))).rejects.toThrow(Unavailable);
  await expect(queue.ready()).rejects.toThrow(Unavailable);
});

test("an audit store that is away at the start is waited for", async () => {
  accepted("run-1");
  audit.away = 2;
  expect(await batches(new EmbeddedQueue({ outbox: audit.outbox }), 1)).toEqual([["run-1"]]);
});

test("a cancel that is enqueued while the dispatch is under way is handed out after it", async () => {
  const workflows = new MemoryWorkflows();
  const queue = new EmbeddedQueue({ outbox: async () => [] });
  const dispatcher = new Dispatcher({ audit, workflows, signal: stop.signal, firstPauseMillis: 1 });
  const job = accepted("run-1");
  await queue.enqueue(job);
  let batch = 0;
  await queue.consume(async (jobs) => {
    batch += 1;
    if (batch === 1) {
      const handled = await dispatcher.handle(jobs);
      audit.row("run-1", "cancel_requested");
      await queue.enqueue(job);
      return handled;
    }
    const handled = await dispatcher.handle(jobs);
    stop.abort();
    return handled;
  }, stop.signal);
  expect({ creates: workflows.creates, cancelled: workflows.cancelled }).toEqual({ creates: 1, cancelled: ["run-1"] });
});
