import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type AuditLog,
  auditPages,
  openServerAuditLog,
  serverTables,
  verifyAll,
} from "../../../submission/service/audit/index.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { chdbOverHttp } from "./chdb-over-http.ts";
import { accepted, happened, node, submission } from "./submissions.ts";

let endpoint: Awaited<ReturnType<typeof chdbOverHttp>>;
const logs: AuditLog[] = [];

beforeAll(async () => {
  endpoint = await chdbOverHttp();
});
afterEach(async () => {
  endpoint.behaviour = "well";
  await Promise.all(logs.splice(0).map((log) => log.close()));
});
afterAll(() => endpoint.close());

const account = () => ({ address: endpoint.address, username: "audit_writer", password: "secret", timeoutMs: 500 });

function opened(timeoutMs = 10_000): AuditLog {
  const log = openServerAuditLog({ ...account(), timeoutMs });
  logs.push(log);
  return log;
}

async function findings() {
  const tables = serverTables({ ...account(), timeoutMs: 30_000 });
  try {
    return (await verifyAll(auditPages(tables))).findings;
  } finally {
    await tables.close();
  }
}

describe("several writers of one log (an HTTP endpoint backed by chdb)", () => {
  test("give an id to one of those who want it, and the others see whose it is", async () => {
    const writers = [opened(), opened(), opened(), opened()];
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.all(
        writers.flatMap((log, index) =>
          [1, 2].map((call) => log.open(submission(`claim-${round}`, { actor: `${index}-${call}` }), accepted())),
        ),
      );
      const won = outcomes.filter(({ outcome }) => outcome === "opened");
      expect(won).toHaveLength(1);
      for (const { record } of outcomes) expect(record).toEqual(won[0]?.record);
    }
    expect(await findings()).toEqual([]);
  });

  test("make one chain together, with each key once", async () => {
    const writers = [opened(), opened(), opened()];
    await writers[0]?.open(submission("together"), accepted());
    await Promise.all(
      writers.flatMap((log, index) =>
        Array.from({ length: 10 }, (_, step) =>
          log.append("together", [node(`shared-${step}`, "Running"), node(`own-${index}-${step}`, "Running")]),
        ),
      ),
    );
    const rows = await (writers[1] ?? opened()).chain("together");
    expect(rows).toHaveLength(1 + 10 + 30);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(41);
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, index) => index));
    expect(await findings()).toEqual([]);
  });

  test("lose nothing they promised when one of them dies in the middle", async () => {
    const children = ["a", "b", "c"].map((name) => {
      const child = spawn(process.execPath, [
        new URL("writer.ts", import.meta.url).pathname,
        endpoint.address,
        "25",
        name,
      ]);
      return { name, child, lines: createInterface(child.stdout) };
    });
    const promised: string[] = [];
    await Promise.all(
      children.map(async ({ name, child, lines }) => {
        let count = 0;
        for await (const id of lines) {
          promised.push(id);
          count++;
          if (name === "b" && count === 5) child.kill("SIGKILL");
          if (name !== "b" && count === 25) child.kill("SIGTERM");
        }
      }),
    );
    const events = await opened().events(promised);
    expect(promised.filter((id) => !events.get(id)?.has("dispatched"))).toEqual([]);
    expect(promised.length).toBeGreaterThanOrEqual(55);
    expect(await findings()).toEqual([]);
  });
});

describe("a server that does not answer as it should", () => {
  test.each(["away", "error", "silent"] as const)(
    "is Unavailable when it is %s, and all goes on when it is back",
    async (behaviour) => {
      const log = opened(500);
      await log.open(submission(`before-${behaviour}`), accepted());
      endpoint.behaviour = behaviour;
      await expect(log.ready()).rejects.toThrow(Unavailable);
      await expect(log.open(submission(`during-${behaviour}`), accepted())).rejects.toThrow(Unavailable);
      await expect(log.append(`before-${behaviour}`, [happened("dispatched")])).rejects.toThrow(Unavailable);
      await expect(log.chain(`before-${behaviour}`)).rejects.toThrow(Unavailable);
      endpoint.behaviour = "well";
      await log.ready();
      expect((await log.open(submission(`during-${behaviour}`), accepted())).outcome).toBe("opened");
      await log.append(`before-${behaviour}`, [happened("dispatched")]);
      expect(await log.chain(`before-${behaviour}`)).toHaveLength(2);
      expect(await findings()).toEqual([]);
    },
  );

  test("and may have written all the same: the same call again is harmless", async () => {
    const log = opened(500);
    await log.open(submission("unsaid"), accepted());
    endpoint.behaviour = "loses-answers";
    await expect(log.append("unsaid", [happened("dispatched")])).rejects.toThrow(Unavailable);
    endpoint.behaviour = "well";
    await log.append("unsaid", [happened("dispatched")]);
    expect((await log.chain("unsaid")).map(({ key }) => key)).toEqual(["accepted", "dispatched"]);
    expect(await findings()).toEqual([]);
  });

  test("says nothing of its account", async () => {
    endpoint.behaviour = "error";
    const error: unknown = await opened(500)
      .ready()
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("secret");
  });
});

test("an insertion whose number is taken is dropped by the server: that is what all of this stands on", async () => {
  const insert = (key: string) =>
    endpoint.run(`INSERT INTO audit.events (submission_id, sequence, key) SETTINGS insert_deduplication_token = 'block/900000'
      VALUES ('refused/token', 0, '${key}')`);
  await insert("first");
  await insert("second");
  expect(await endpoint.run("SELECT key FROM audit.events WHERE submission_id = 'refused/token'")).toBe('["first"]\n');
});
