import { beforeEach, describe, expect, test } from "vitest";
import { Dispatcher, type DispatchOutcome } from "../../../submission/service/dispatch/dispatcher.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { jobFor, MemoryAudit, MemoryWorkflows } from "./dispatching.ts";

let audit: MemoryAudit;
let workflows: MemoryWorkflows;
let outcomes: DispatchOutcome[];
let stop: AbortController;

const dispatcher = (concurrency?: number) =>
  new Dispatcher({
    audit,
    workflows,
    signal: stop.signal,
    concurrency,
    firstPauseMillis: 1,
    onOutcome: (outcome) => outcomes.push(outcome),
  });

beforeEach(() => {
  audit = new MemoryAudit();
  workflows = new MemoryWorkflows();
  outcomes = [];
  stop = new AbortController();
});

describe("an accepted submission", () => {
  test("is created and said to be dispatched", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    expect(await dispatcher().handle([job])).toEqual([{ outcome: "done" }]);
    expect(workflows.standing.get("run-1")).toBe(job.manifestDigest);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("is created once when its job comes twice in one batch, and when it comes again later", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    await dispatcher().handle([job, job]);
    await dispatcher().handle([job]);
    expect(workflows.creates).toBe(1);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("is not created again after its Workflow was deleted", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    await dispatcher().handle([job]);
    workflows.standing.delete("run-1");
    await dispatcher().handle([job]);
    expect(workflows.creates).toBe(1);
    expect(outcomes).toEqual(["created", "skipped"]);
  });

  test("is said to be dispatched after a crash between the create and its row", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    workflows.standing.set("run-1", job.manifestDigest);
    await dispatcher().handle([job]);
    expect(outcomes).toEqual(["exists"]);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "dispatched"]);
  });

  test("is not created when something of its run was seen, though the row of its dispatch is missing", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    audit.row("run-1", "running");
    await dispatcher().handle([job]);
    expect(workflows.creates).toBe(0);
  });

  test("waits for an audit store and an API server that are away", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    audit.away = 5;
    workflows.away = 3;
    expect(await dispatcher().handle([job])).toEqual([{ outcome: "done" }]);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "dispatched"]);
  });
});

describe("a submission whose dispatcher was killed before it could say that it had created it", () => {
  const HOUR = 3_600_000;
  const job = jobFor("run-1");
  const later = (millis: number) =>
    new Dispatcher({
      audit,
      workflows,
      signal: stop.signal,
      firstPauseMillis: 1,
      now: () => Date.now() + millis,
    });

  beforeEach(() => {
    audit.accept(job);
    audit.row("run-1", "dispatching");
  });

  test("is created when it was not, as long as its Workflow would still be there", async () => {
    expect(await later(HOUR).handle([job])).toEqual([{ outcome: "done" }]);
    expect({ creates: workflows.creates, events: audit.eventsOf("run-1") }).toEqual({
      creates: 1,
      events: ["accepted", "dispatching", "dispatched"],
    });
  });

  test("is dispatched when its Workflow stands there, however late", async () => {
    workflows.standing.set("run-1", job.manifestDigest);
    await later(1000 * HOUR).handle([job]);
    expect({ creates: workflows.creates, events: audit.eventsOf("run-1") }).toEqual({
      creates: 0,
      events: ["accepted", "dispatching", "dispatched"],
    });
  });

  test("is not created when its Workflow may have run and been deleted after its time to live, and says so", async () => {
    // ttl_days is 1; the clocks of two dispatchers may be an hour apart.
    const [handled] = await later(23 * HOUR).handle([job]);
    expect(handled).toEqual({ outcome: "dead", reason: expect.stringContaining("it is not created again") });
    expect(workflows.creates).toBe(0);
    expect(audit.rows.get("run-1")?.at(-1)).toMatchObject({
      key: "end",
      event: "vanished",
      detail: { reason: expect.stringMatching(/^its Workflow was about to be created at 20\d\d-/) },
    });
  });

  test("is tried for as long as somebody tries: what is not taken for days is not given up for its age", async () => {
    workflows.blocked.add("run-1");
    for (let hours = 6; hours < 72; hours += 6) await later(hours * HOUR).handle([job]);
    workflows.blocked.clear();
    await later(72 * HOUR).handle([job]);
    expect({ creates: workflows.creates, last: audit.eventsOf("run-1").at(-1) }).toEqual({
      creates: 1,
      last: "dispatched",
    });
  });

  test("is cancelled in the cluster when that is asked for and its Workflow stands there", async () => {
    workflows.standing.set("run-1", job.manifestDigest);
    audit.row("run-1", "cancel_requested");
    await later(HOUR).handle([job]);
    expect(workflows.cancelled).toEqual(["run-1"]);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "cancel_requested", "dispatched"]);
  });

  test("is cancelled and not created when that is asked for and nothing stands there", async () => {
    audit.row("run-1", "cancel_requested");
    await later(HOUR).handle([job]);
    expect(audit.eventsOf("run-1").at(-1)).toBe("cancelled");
    expect(workflows.creates).toBe(0);
  });
});

describe("a Workflow that another dispatcher created and somebody deleted is not created again", () => {
  const job = jobFor("run-1");
  beforeEach(() => audit.accept(job));

  test("by one whose answer from the audit log was old", async () => {
    audit.row("run-1", "dispatching");
    const events = audit.events.bind(audit);
    const before = await events(["run-1"]);
    audit.events = async () => before;
    audit.row("run-1", "dispatched");
    audit.row("run-1", "running");
    expect(await dispatcher().handle([job])).toEqual([{ outcome: "done" }]);
    expect({ creates: workflows.creates, outcomes }).toEqual({ creates: 0, outcomes: ["skipped"] });
  });

  test("by one that could not reach the API server meanwhile", async () => {
    workflows.away = 1;
    workflows.ready = async () => audit.row("run-1", "dispatched");
    await dispatcher().handle([job]);
    expect({ creates: workflows.creates, outcomes }).toEqual({ creates: 0, outcomes: ["skipped"] });
  });

  test("by one whose batch took long", async () => {
    let clock = Date.now();
    const first = jobFor("run-0");
    audit.accept(first);
    workflows.onCreate = () => {
      clock += 60_000;
      audit.row("run-1", "dispatched");
    };
    const slow = new Dispatcher({ audit, workflows, signal: stop.signal, concurrency: 1, now: () => clock });
    await slow.handle([first, job]);
    expect([...workflows.standing.keys()]).toEqual(["run-0"]);
  });
});

describe("what can never be created", () => {
  test("is given up with what the API server said, and others of its batch are not held up", async () => {
    const bad = jobFor("run-bad");
    const good = jobFor("run-good");
    audit.accept(bad);
    audit.accept(good);
    workflows.refused.add("run-bad");
    expect(await dispatcher().handle([bad, good])).toEqual([
      { outcome: "dead", reason: "Workflow run-bad is invalid" },
      { outcome: "done" },
    ]);
    expect(audit.rows.get("run-bad")?.at(-1)).toMatchObject({
      event: "dead_lettered",
      detail: { reason: "Workflow run-bad is invalid" },
    });
  });

  test("is given up where the name has another manifest", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    workflows.standing.set("run-1", jobFor("run-1", "b").manifestDigest);
    expect(await dispatcher().handle([job])).toEqual([
      { outcome: "dead", reason: "the name team-research/run-1 is taken by a Workflow of another manifest" },
    ]);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "dead_lettered"]);
  });

  test("is a message of a submission nobody accepted: nothing is created, no chain is begun", async () => {
    expect(await dispatcher().handle([jobFor("run-1")])).toEqual([
      { outcome: "dead", reason: "the audit log knows no submission of this id" },
    ]);
    expect(workflows.creates).toBe(0);
    expect(audit.rows.size).toBe(0);
  });

  test("is a message whose manifest is not the one that was accepted; the submission itself is not given up", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    const tampered = { ...job, manifest: job.manifest.replace("archetype/task", "elsewhere/task") };
    expect(await dispatcher().handle([tampered])).toEqual([
      { outcome: "dead", reason: `the manifest is not the one with the digest ${job.manifestDigest}` },
    ]);
    expect(audit.eventsOf("run-1")).toEqual(["accepted"]);
    await dispatcher().handle(await audit.outbox(10));
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching", "dispatched"]);
  });
});

test("what the API server does not take now, for a reason of its own, is left in the outbox and does not hold up others", async () => {
  const blocked = jobFor("run-blocked");
  const good = jobFor("run-good");
  audit.accept(blocked);
  audit.accept(good);
  workflows.blocked.add("run-blocked");
  expect(await dispatcher(1).handle([blocked, good])).toEqual([{ outcome: "done" }, { outcome: "done" }]);
  expect(outcomes).toEqual(["left", "created"]);
  expect((await audit.outbox(10)).map(({ submissionId }) => submissionId)).toEqual(["run-blocked"]);
  workflows.blocked.clear();
  await dispatcher().handle(await audit.outbox(10));
  expect(audit.eventsOf("run-blocked")).toEqual(["accepted", "dispatching", "dispatched"]);
});

describe("what a dispatcher says", () => {
  const jobs = Array.from({ length: 40 }, (_, index) => jobFor(`run-${index}`));
  let said: string[];
  const speaking = () =>
    new Dispatcher({
      audit,
      workflows,
      signal: stop.signal,
      firstPauseMillis: 1,
      onTrouble: (line) => said.push(line),
    });

  beforeEach(() => {
    said = [];
    for (const job of jobs) audit.accept(job);
  });

  test("of an API server that is away are two lines, however many jobs wait for it: why, and how long", async () => {
    let asked = 0;
    workflows.away = Number.POSITIVE_INFINITY;
    workflows.ready = async () => {
      asked += 1;
      if (asked <= 30) throw new Unavailable("kubernetes", "no answer from 10.0.0.1");
      workflows.away = 0;
    };
    await speaking().handle(jobs);
    expect(workflows.standing.size).toBe(40);
    expect(said).toEqual([
      "the API server is away, and is tried until it is back: no answer from 10.0.0.1",
      expect.stringMatching(/^the API server is back after \d+ s: 30 tries failed meanwhile$/),
    ]);
  });

  test("of an audit store that is away are two lines as well", async () => {
    audit.away = 5;
    await speaking().handle(jobs);
    expect(said).toEqual([
      "the audit log is away, and is tried until it is back: the audit store is away",
      expect.stringMatching(/^the audit log is back after \d+ s: 5 tries failed meanwhile$/),
    ]);
  });

  test("of the jobs of a batch that are not taken is one line", async () => {
    for (const { submissionId } of jobs.slice(0, 3)) workflows.blocked.add(submissionId);
    await speaking().handle(jobs);
    expect(said).toEqual([
      expect.stringMatching(/^3 jobs are left for later, the first because run-[012] is forbidden: exceeded quota$/),
    ]);
  });

  test("is nothing while all goes well", async () => {
    await speaking().handle(jobs);
    expect(said).toEqual([]);
  });
});

describe("a cancel", () => {
  test("before the dispatch creates nothing", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    audit.row("run-1", "cancel_requested");
    await dispatcher().handle([job]);
    expect(workflows.creates).toBe(0);
    expect(audit.eventsOf("run-1")).toEqual(["accepted", "cancel_requested", "cancelled"]);
  });

  test("during the dispatch reaches the Workflow that whoever cancelled could not find yet", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    workflows.onCreate = (id) => audit.row(id, "cancel_requested");
    await dispatcher().handle([job]);
    expect(workflows.cancelled).toEqual(["run-1"]);
  });

  test("reaches the Workflow of a dispatcher that was creating it while another one took it for not created", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    workflows.onCreate = (id) => {
      audit.row(id, "cancel_requested");
      audit.row(id, "cancelled");
    };
    await dispatcher().handle([job]);
    expect(workflows.cancelled).toEqual(["run-1"]);
  });

  test("after the dispatch is done by the job that comes again for it", async () => {
    const job = jobFor("run-1");
    audit.accept(job);
    await dispatcher().handle([job]);
    audit.row("run-1", "cancel_requested");
    await dispatcher().handle([job]);
    expect({ creates: workflows.creates, cancelled: workflows.cancelled }).toEqual({
      creates: 1,
      cancelled: ["run-1"],
    });
    audit.row("run-1", "cancelled");
    await dispatcher().handle([job]);
    expect(workflows.cancelled).toEqual(["run-1"]);
  });
});

test("no more Workflows are created at once than the limit says", async () => {
  const jobs = Array.from({ length: 12 }, (_, index) => jobFor(`run-${index}`));
  for (const job of jobs) audit.accept(job);
  await dispatcher(3).handle(jobs);
  expect({ widest: workflows.widest, created: workflows.creates }).toEqual({ widest: 3, created: 12 });
});

test("a stop ends the wait for an API server that stays away, and the job is not given up", async () => {
  const job = jobFor("run-1");
  audit.accept(job);
  workflows.away = Number.POSITIVE_INFINITY;
  workflows.ready = async () => {
    stop.abort();
  };
  await expect(dispatcher().handle([job])).rejects.toThrow();
  expect(audit.eventsOf("run-1")).toEqual(["accepted", "dispatching"]);
});
