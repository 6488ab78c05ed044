import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DEAD_LETTER_TOPIC, DISPATCHER_GROUP, JOBS_TOPIC } from "../../../components/queue/constants.ts";
import { KafkaQueue } from "../../../submission/service/queue/kafka-queue.ts";
import { KAFKA_NAMES } from "../../../submission/service/queue/names.ts";
import type { Handled, Job } from "../../../submission/service/queue/queue.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { jobFor } from "../../unit/service/dispatching.ts";
import { eventually } from "../control-plane/eventually.ts";
import { KafkaBroker } from "./kafka-broker.ts";

let broker: KafkaBroker;
const open: KafkaQueue[] = [];
const stops: AbortController[] = [];
beforeAll(async () => {
  broker = await KafkaBroker.start();
});
afterAll(async () => {
  for (const stop of stops) stop.abort();
  for (const queue of open) await queue.close();
  await broker.stop();
});

/** Jobs with names of their own in each test: the topic is one for all. */
let test_ = 0;
beforeEach(() => {
  test_ += 1;
});
const jobs = (count: number): Job[] => Array.from({ length: count }, (_, index) => jobFor(`kafka-${test_}-${index}`));
const idsOf = (some: readonly Job[]) => some.map(({ submissionId }) => submissionId);

function queueFor(user: "api" | "dispatcher"): KafkaQueue {
  const queue = new KafkaQueue({ connection: broker.connection(user), sessionMillis: 3_000 });
  open.push(queue);
  return queue;
}

interface Consumed {
  readonly seen: Job[];
  stop(): Promise<void>;
}

/** A dispatcher that only takes note. */
function consume(handle: (job: Job) => Handled | Promise<Handled> = () => ({ outcome: "done" })): Consumed {
  const stop = new AbortController();
  stops.push(stop);
  const seen: Job[] = [];
  const ended = queueFor("dispatcher").consume(async (batch) => {
    const handled = await Promise.all(batch.map(handle));
    seen.push(...batch);
    return handled;
  }, stop.signal);
  return {
    seen,
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

const sawAll = (consumed: readonly Consumed[], of: readonly Job[]) => {
  const seen = new Set(consumed.flatMap((each) => idsOf(each.seen)));
  return of.every(({ submissionId }) => seen.has(submissionId));
};
const committed = () => eventually("everything is committed", async () => (await broker.lag(DISPATCHER_GROUP)) === 0n);

test("its names are those the platform stack gives topics and group", () => {
  expect(KAFKA_NAMES).toEqual({
    jobsTopic: JOBS_TOPIC,
    deadLetterTopic: DEAD_LETTER_TOPIC,
    group: DISPATCHER_GROUP,
  });
});

test("a job comes out as it went in, over TLS, with the rights that each user has in a cluster", async () => {
  const [job] = jobs(1);
  if (job === undefined) throw new Error("no job");
  await queueFor("api").enqueue(job);
  const consumed = consume();
  await eventually("the job came", () => sawAll([consumed], [job]));
  await committed();
  await consumed.stop();
  expect(consumed.seen).toEqual([job]);
});

test("jobs of one submission stay in order, also among many others", async () => {
  const api = queueFor("api");
  const many = jobs(200);
  const rounds = ["a", "b", "c"].map((trace) =>
    many.map((job) => ({ ...job, traceparent: `${job.traceparent}-${trace}` })),
  );
  for (const round of rounds) await Promise.all(round.map((job) => api.enqueue(job)));
  const consumed = consume();
  await eventually("all came", () => consumed.seen.length >= 600);
  await consumed.stop();
  const order = Map.groupBy(consumed.seen, ({ submissionId }) => submissionId);
  for (const [id, of] of order) {
    expect([id, of.map(({ traceparent }) => traceparent.at(-1))]).toEqual([id, ["a", "b", "c"]]);
  }
});

describe("poison", () => {
  test("goes to the dead letter topic as it came, with the reason, and what comes behind it is done", async () => {
    const [dead, good, stray] = jobs(3);
    if (dead === undefined || good === undefined || stray === undefined) throw new Error("no job");
    const put = (key: string, value: string | Buffer) => ({ key: Buffer.from(key), value: Buffer.from(value) });
    await broker.put([
      put("garbage", "{"),
      put("broken-utf8", Buffer.from([0xff, 0xfe])),
      put("half", JSON.stringify({ submissionId: "half" })),
      put("another-key", JSON.stringify(stray)),
    ]);
    const api = queueFor("api");
    await api.enqueue(dead);
    await api.enqueue(good);
    const consumed = consume(({ submissionId }) =>
      submissionId === dead.submissionId
        ? { outcome: "dead", reason: "the API server refuses it" }
        : { outcome: "done" },
    );
    await eventually("both jobs were handled", () => sawAll([consumed], [dead, good]));
    await committed();
    await consumed.stop();
    const letters = await broker.messages(DEAD_LETTER_TOPIC, 5);
    const found = letters.map(({ key, headers }) => [
      key.toString(),
      [...headers].find(([name]) => name.toString() === "reason")?.[1].toString(),
    ]);
    expect(new Map(found.map(([key = "", reason = ""]) => [key, reason]))).toEqual(
      new Map([
        ["garbage", "the value is no JSON"],
        ["broken-utf8", "the value is no JSON"],
        ["half", expect.stringMatching(/^the value is no job: namespace: /)],
        ["another-key", "the key is not the job's submission id"],
        [dead.submissionId, "the API server refuses it"],
      ]),
    );
    expect(letters.find(({ key }) => key.toString() === "garbage")?.value.toString()).toBe("{");
  });
});

test("what a dispatcher had in hand when it went away comes again, to another", async () => {
  const some = jobs(20);
  const api = queueFor("api");
  await Promise.all(some.map((job) => api.enqueue(job)));
  const inHand: string[] = [];
  const stuck = consume(({ submissionId }) => {
    inHand.push(submissionId);
    return new Promise(() => undefined);
  });
  await eventually("it has jobs in hand", () => inHand.length > 0);
  void stuck.stop();
  const other = consume();
  await eventually("the other got all", () => sawAll([other], some));
  await committed();
  await other.stop();
});

test("two dispatchers share the jobs, and when one leaves the other goes on with all", async () => {
  const first = consume();
  const second = consume();
  const api = queueFor("api");
  const early: Job[] = [];
  await eventually("both get jobs", async () => {
    const more = Array.from({ length: 20 }, (_, index) => jobFor(`kafka-${test_}-e${early.length + index}`));
    early.push(...more);
    await Promise.all(more.map((job) => api.enqueue(job)));
    return first.seen.length > 0 && second.seen.length > 0;
  });
  await eventually("all early ones were handled", () => sawAll([first, second], early));
  await first.stop();
  const late = jobs(40);
  await Promise.all(late.map((job) => api.enqueue(job)));
  await eventually("the second got all late ones", () => sawAll([second], late));
  await second.stop();
});

test("a handler that fails gets the same jobs again before any is committed", async () => {
  const some = jobs(5);
  const api = queueFor("api");
  await Promise.all(some.map((job) => api.enqueue(job)));
  let failures = 2;
  const consumed = consume(() => {
    if (failures > 0) {
      failures -= 1;
      throw new Error("a bug");
    }
    return { outcome: "done" };
  });
  await eventually("all came", () => sawAll([consumed], some));
  await committed();
  await consumed.stop();
});

test("users have the rights of their part only", async () => {
  await expect(queueFor("dispatcher").enqueue(jobFor("kafka-forbidden"))).rejects.toThrow(Unavailable);
  const stranger = new KafkaQueue({
    connection: { ...broker.connection("api"), login: { username: "api", password: "guessed" } },
  });
  await expect(stranger.enqueue(jobFor("kafka-stranger"))).rejects.toThrow(Unavailable);
  await stranger.close();
});

test("a broker that is killed while jobs flow costs none that was promised, and nobody has to restart", async () => {
  const api = queueFor("api");
  const consumed = consume();
  const promised: Job[] = [];
  let refused = 0;
  let flowing = true;
  const flow = (async () => {
    for (let index = 0; flowing; index += 1) {
      const batch = Array.from({ length: 5 }, (_, part) => jobFor(`kafka-${test_}-f${index}-${part}`));
      const results = await Promise.allSettled(batch.map((job) => api.enqueue(job)));
      for (const [part, result] of results.entries()) {
        const job = batch[part];
        if (result.status === "fulfilled" && job !== undefined) promised.push(job);
        else refused += 1;
      }
    }
  })();
  await eventually("jobs flow", () => promised.length > 50);
  await broker.kill();
  await eventually("jobs are refused", () => refused > 0);
  await expect(api.ready()).rejects.toThrow(Unavailable);
  await broker.restart();
  await eventually("the queue is ready again", () => api.ready().then(() => true));
  const after = promised.length;
  await eventually("jobs flow again", () => promised.length > after + 50);
  flowing = false;
  await flow;
  await eventually("all that were promised came", () => sawAll([consumed], promised));
  await consumed.stop();
});
