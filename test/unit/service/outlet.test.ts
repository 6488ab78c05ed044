import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry, NewEntry } from "../../../submission/service/audit/log.ts";
import { runState } from "../../../submission/service/status/run-state.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { entriesOf, untold } from "../../../submission/service/watch/entries.ts";
import { Outlet } from "../../../submission/service/watch/outlet.ts";
import type { Happened, News } from "../../../submission/service/watch/sink.ts";
import { type ArgoRun, argoRun, DONE, MIDNIGHT, sampleRecord } from "./runs.ts";

const HOUR = 3_600_000;
const RUNNING: ArgoRun = { phase: "Running", from: 1 };

let chains: Map<string, readonly NewEntry[]>;
let clock: number;
let tell: (happened: Happened) => Promise<void>;
let outlet: Outlet;

const isUntold = (rows: readonly NewEntry[]) =>
  rows.some(({ event }) => event === "untold") && !rows.some(({ event }) => event === "told");
const audit = {
  record: async (id: string) => sampleRecord(id),
  chain: async (id: string): Promise<readonly AuditEntry[]> =>
    (chains.get(id) ?? []).map((row, sequence) => ({
      ...row,
      submissionId: id,
      sequence,
      block: 0,
      previousHash: "",
      hash: "",
    })),
  append: async (id: string, rows: readonly NewEntry[]) => void chains.set(id, [...(chains.get(id) ?? []), ...rows]),
  untold: async (_sink: string, limit: number) =>
    [...chains].flatMap(([id, rows]) => (isUntold(rows) ? [id] : [])).slice(0, limit),
};

const started = (part: Partial<typeof audit> = {}) =>
  new Outlet({
    sink: { name: "lineage", tell: (happened) => tell(happened) },
    audit: { ...audit, ...part },
    now: () => clock,
    retryMillis: 1,
  });

beforeEach(() => {
  chains = new Map();
  clock = MIDNIGHT;
  tell = async () => undefined;
  outlet = started();
});
afterEach(() => outlet.close());

const news = (id: string, run: ArgoRun): News => {
  const state = runState(argoRun(id, run));
  return { record: () => audit.record(id), run: state, entries: entriesOf(state) };
};

/** As the recorder leaves a run that is over and untold. */
function owed(id: string): void {
  chains.set(id, [untold("lineage", clock), ...news(id, DONE).entries]);
  outlet.owes(id);
}

const untilTold = (id: string) =>
  expect.poll(() => chains.get(id)?.some(({ event }) => event === "told"), { timeout: 10_000 }).toBe(true);

test("a run that a sink failed on is tried again after an hour, however often others are told meanwhile", async () => {
  let tries = 0;
  tell = async ({ run }) => {
    if (run.submissionId !== "sub-bad") return;
    tries += 1;
    throw new TypeError("a bug");
  };
  owed("sub-bad");
  await expect.poll(() => tries).toBe(5);
  clock += HOUR / 2;
  owed("sub-1");
  await untilTold("sub-1");
  expect(tries).toBe(5);
  clock += HOUR / 2;
  owed("sub-2");
  await expect.poll(() => tries).toBe(10);
  await untilTold("sub-2");
});

describe("what a sink was handed of a run", () => {
  let had: string[][];
  beforeEach(() => {
    had = [];
    tell = async ({ told }) => {
      had.push([...told]);
      told.add("START");
    };
  });

  test("is known to it while the run is under way, and forgotten with its end", async () => {
    for (const run of [RUNNING, RUNNING, DONE, RUNNING]) await outlet.tell(news("sub-1", run));
    expect(had).toEqual([[], ["START"], ["START"], []]);
  });

  test("is forgotten when the run is over and untold", async () => {
    await outlet.tell(news("sub-1", RUNNING));
    owed("sub-1");
    await untilTold("sub-1");
    expect(had).toEqual([[], []]);
  });

  test("is forgotten when the run is set aside, and known from one try to the next before", async () => {
    tell = async ({ told }) => {
      had.push([...told]);
      told.add("START");
      if (had.length <= 5) throw new TypeError("a bug");
    };
    owed("sub-1");
    await expect.poll(() => had.length).toBe(5);
    clock += HOUR;
    owed("sub-2");
    await untilTold("sub-1");
    expect(had.slice(0, 5)).toEqual([[], ["START"], ["START"], ["START"], ["START"]]);
    expect(had.slice(5)).toEqual([[], []]);
  });
});

test("a run is not taken for told while the audit log answers without its end", async () => {
  await outlet.close();
  let answers = 0;
  const ends: boolean[] = [];
  tell = async ({ run }) => void ends.push(run.finished);
  outlet = started({
    chain: async (id) => {
      answers += 1;
      const whole = await audit.chain(id);
      return answers === 1 ? whole.slice(0, 2) : whole;
    },
  });
  owed("sub-1");
  await untilTold("sub-1");
  expect(ends).toEqual([true]);
});

test("what was missed is told though the audit log once answered what nobody expected", async () => {
  await outlet.close();
  let asked = 0;
  outlet = started({
    untold: async (sink, limit) => {
      asked += 1;
      if (asked === 1) throw new TypeError("no such column");
      return audit.untold(sink, limit);
    },
  });
  owed("sub-1");
  await untilTold("sub-1");
});

test("a sink is not said to be away once the audit log is back, though there is nothing to tell", async () => {
  await outlet.close();
  let asked = 0;
  outlet = started({
    untold: async () => {
      asked += 1;
      if (asked === 1) throw new Unavailable("audit", "the audit store is away");
      return [];
    },
  });
  await expect.poll(() => [asked, outlet.away]).toEqual([2, false]);
});
