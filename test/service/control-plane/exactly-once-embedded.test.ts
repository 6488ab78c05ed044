import pLimit from "p-limit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbeddedTables } from "../../../submission/service/audit/index.ts";
import { expectIntactChains } from "./chains.ts";
import { eventually } from "./eventually.ts";
import { oneProcess } from "./processes.ts";
import { bodyFor, post, postPatiently, randomOf } from "./submitting.ts";

const SUBMISSIONS = 1_000;
const KILLS = 6;
const SEED = 7;
const ids = Array.from({ length: SUBMISSIONS }, (_, index) => `once-${index}`);

let running: Awaited<ReturnType<typeof oneProcess>>;

beforeAll(async () => {
  running = await oneProcess("once-");
  await running.service.start();
});
afterAll(() => running.stop());

test("ten concurrent identical requests are one Workflow, and another body under the id is a conflict", async () => {
  const { service, created } = running;
  const answers = await Promise.all(Array.from({ length: 10 }, () => post(service.url, bodyFor("once-ten"))));
  expect(answers).toEqual(
    answers.map(() => ({ status: 202, body: expect.objectContaining({ submission_id: "once-ten" }) })),
  );
  await eventually("it is created", () => created.uids.has("once-ten"));
  expect((await post(service.url, bodyFor("once-ten", "b"))).status).toBe(409);
  expect(created.uids.get("once-ten")?.size).toBe(1);
});

test(`${SUBMISSIONS} submissions, the process killed ${KILLS} times: each is created once, and every promise is kept`, async () => {
  const { service, created, audit } = running;
  const random = randomOf(SEED);
  const killsAfter = Array.from({ length: KILLS }, () => Math.floor(random() * SUBMISSIONS)).sort((a, b) => a - b);
  let answered = 0;
  let killing = Promise.resolve();
  const answer = async (id: string) => {
    const { status, body } = await postPatiently(() => service.url, bodyFor(id));
    expect({ status, id: body.submission_id }).toEqual({ status: 202, id });
    answered += 1;
    if (answered >= (killsAfter[0] ?? Number.POSITIVE_INFINITY)) {
      killsAfter.shift();
      killing = killing.then(() => service.kill()).then(() => service.start());
    }
  };
  const limit = pLimit(20);
  await Promise.all(
    ids.flatMap((id, index) => {
      const twice = index % 10 === 0 ? [limit(() => answer(id))] : [];
      return [limit(() => answer(id)), ...twice];
    }),
  );
  await killing;
  expect(service.kills).toBe(KILLS);
  await eventually("all are created", () => ids.every((id) => created.uids.has(id)), 120_000);

  // As after their TTL: sending one again does not run it again.
  const gone = ids.slice(0, 100);
  await created.remove(gone);
  const again = await Promise.all(gone.map((id) => postPatiently(() => service.url, bodyFor(id))));
  expect(again.every(({ status }) => status === 202)).toBe(true);
  await service.kill();
  await service.start();
  await eventually("the next one is created, and so all before it are handled", async () => {
    await post(service.url, bodyFor("once-last"));
    return created.uids.has("once-last");
  });
  expect(created.repeated).toEqual([]);
  expect((await created.standing()).filter((name) => gone.includes(name))).toEqual([]);

  await service.stop();
  const tables = await openEmbeddedTables(audit);
  try {
    await expectIntactChains(tables, ids);
  } finally {
    await tables.close();
  }
});
