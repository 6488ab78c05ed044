import pLimit from "p-limit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DISPATCHER_GROUP } from "../../../components/queue/constants.ts";
import { serverTables } from "../../../submission/service/audit/index.ts";
import { expectIntactChains } from "./chains.ts";
import { eventually } from "./eventually.ts";
import { apart } from "./processes.ts";
import type { ServiceProcess } from "./service-process.ts";
import { bodyFor, postPatiently, randomOf } from "./submitting.ts";

const SUBMISSIONS = 1_000;
const SEED = 11;
const ids = Array.from({ length: SUBMISSIONS }, (_, index) => `apart-${index}`);

let processes: Awaited<ReturnType<typeof apart>>;

beforeAll(async () => {
  processes = await apart("apart-");
  await Promise.all([processes.api.start(), processes.dispatcher.start()]);
});
afterAll(() => processes.stop());

test(`${SUBMISSIONS} submissions; API, dispatcher and broker are killed: each is created once, and every promise is kept`, async () => {
  const { api, dispatcher, broker, created, store } = processes;
  const random = randomOf(SEED);
  const again = async (process: ServiceProcess) => {
    await process.kill();
    await process.start();
  };
  const victims = [
    ...Array.from({ length: 3 }, () => () => again(api)),
    ...Array.from({ length: 3 }, () => () => again(dispatcher)),
    ...Array.from({ length: 2 }, () => () => broker.kill().then(() => broker.restart())),
  ];
  const kills = victims
    .map((kill) => ({ after: Math.floor(random() * SUBMISSIONS), kill }))
    .sort((a, b) => a.after - b.after);
  let answered = 0;
  let killing = Promise.resolve();
  const answer = async (id: string) => {
    const { status, body } = await postPatiently(() => api.url, bodyFor(id));
    expect({ status, id: body.submission_id }).toEqual({ status: 202, id });
    answered += 1;
    while (kills[0] !== undefined && answered >= kills[0].after) killing = killing.then(kills.shift()?.kill);
  };
  const limit = pLimit(20);
  await Promise.all(
    ids.flatMap((id, index) => {
      const twice = index % 10 === 0 ? [limit(() => answer(id))] : [];
      return [limit(() => answer(id)), ...twice];
    }),
  );
  await killing;
  expect({ api: api.kills, dispatcher: dispatcher.kills }).toEqual({ api: 3, dispatcher: 3 });
  await eventually("all are created", () => ids.every((id) => created.uids.has(id)), 120_000);
  const handled = () => eventually("every message is handled", async () => (await broker.lag(DISPATCHER_GROUP)) === 0n);
  await handled();
  expect(created.repeated).toEqual([]);

  // As after their TTL: every message is delivered once more, and none of what is gone is created again.
  const gone = ids.slice(0, 100);
  await created.remove(gone);
  await dispatcher.kill();
  await broker.rewind(DISPATCHER_GROUP);
  await dispatcher.start();
  await handled();
  expect(created.repeated).toEqual([]);
  expect((await created.standing()).length).toBe(SUBMISSIONS - gone.length);

  await Promise.all([api.stop(), dispatcher.stop()]);
  const tables = serverTables({ ...store, timeoutMs: 60_000 });
  try {
    await expectIntactChains(tables, ids);
  } finally {
    await tables.close();
  }
});
