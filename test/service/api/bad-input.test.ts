import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { problem } from "../../../submission/service/api/schema.ts";
import { type Running, running } from "./running.ts";
import { body, postJson } from "./sample.ts";

let service: Running;
beforeAll(async () => {
  service = await running();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const api = (path: string): string => `${service.url}/api/orch${path}`;
const JSON_TYPE = { "content-type": "application/json" };

async function refused(response: Response): Promise<number> {
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const said = problem.parse(await response.json());
  expect(said.status).toBe(response.status);
  return response.status;
}
const post = async (
  path: string,
  sent: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
) => refused(await fetch(api(path), { method: "POST", headers, body: sent }));

async function nothingWasAccepted(): Promise<void> {
  const page = await service.audit.list({ teams: ["research"], limit: 10 });
  expect(page.rows).toEqual([]);
}

describe("a body that is none", () => {
  const CASES: readonly (readonly [string, number, string | Uint8Array<ArrayBuffer>])[] = [
    ["is empty", 400, ""],
    ["is not JSON", 400, "dag_spec: {}"],
    ["is a list", 400, "[]"],
    ["ends too early", 400, '{"dag_spec": {"version": 1'],
    ["goes on after its end", 400, '{"dag_spec": {}, "runtime_params": {}} {}'],
    ["has a field twice", 400, '{"dag_spec": {}, "dag_spec": {}, "runtime_params": {}}'],
    ["has a field nobody knows", 400, '{"dag_spec": {}, "runtime_params": {}, "dagspec": {}}'],
    ["lacks the DAG", 400, '{"runtime_params": {}}'],
    ["has a document that is not JSON", 422, '{"dag_spec": {version: 1}, "runtime_params": {}}'],
    ["has a key twice in a document", 422, '{"dag_spec": {"version": 1, "version": 1}, "runtime_params": {}}'],
    ["reaches for a prototype", 422, '{"dag_spec": {"__proto__": {"version": 1}}, "runtime_params": {}}'],
    [
      "is nested a million deep",
      400,
      `{"dag_spec": ${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}, "runtime_params": {}}`,
    ],
    ["is nested deep in its YAML", 422, JSON.stringify({ dag_spec: "[".repeat(100_000), runtime_params: {} })],
    ["is not UTF-8", 400, Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    [
      "has half a character in it",
      422,
      '{"dag_spec": {"version": 1, "pipeline_id": "a\\ud800b"}, "runtime_params": {}}',
    ],
  ];
  test.each(CASES)("%s: %i", async (_what, status, sent) => {
    expect(await post("/submit", sent)).toBe(status);
    await nothingWasAccepted();
  });

  test("is of another type: 415", async () => {
    const types = ["text/plain", "application/yaml", "application/x-www-form-urlencoded", "multipart/form-data", "a"];
    for (const type of types) {
      expect([type, await post("/submit", JSON.stringify(body("run-1")), { "content-type": type })]).toEqual([
        type,
        415,
      ]);
    }
    await nothingWasAccepted();
  });

  test("of 50 MB is refused before it is read, and so is one that does not say how large it is", async () => {
    const large = Buffer.alloc(50 << 20, 0x20);
    // Whoever is refused while still sending may see the connection end instead.
    const told = await fetch(api("/submit"), { method: "POST", headers: JSON_TYPE, body: large }).then(
      (response) => response.status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(told);
    let sentMebibytes = 0;
    async function* endless() {
      for (; sentMebibytes < 50; sentMebibytes++) yield Buffer.alloc(1 << 20, 0x20);
    }
    const streamed = await fetch(api("/submit"), {
      method: "POST",
      headers: JSON_TYPE,
      body: ReadableStream.from(endless()),
      duplex: "half",
    }).then(
      (response) => response.status,
      () => "cut off",
    );
    expect([413, "cut off"]).toContain(streamed);
    // The limit of a document is 8 MiB; beyond it only what lies in the connection's buffers was taken.
    expect(sentMebibytes).toBeLessThan(40);
    await nothingWasAccepted();
  });
});

describe("an id that is none", () => {
  test.each([
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2fstatus",
    "run-1%00",
    "RUN-1",
    "run_1",
    "-run",
    "a".repeat(64),
    "run-1'%20OR%201=1",
    "%F0%9F%98%80",
  ])("%s: 400, whatever is asked", async (id) => {
    for (const path of ["status", "logs", "lineage", "audit"]) {
      expect(await refused(await fetch(api(`/${path}/${id}`)))).toBe(400);
    }
    for (const path of ["cancel", "rerun"]) expect(await post(`/${path}/${id}`, "{}")).toBe(400);
  });

  test("in a path that is broken, or longer than any id: 400", async () => {
    expect(await refused(await fetch(api("/status/%E0%A4%A")))).toBe(400);
    expect(await refused(await fetch(api(`/status/${"a".repeat(5_000)}`)))).toBe(400);
  });

  test("or a node's is 400, and a node that the DAG does not have is 404 and says which there are", async () => {
    expect((await postJson(api("/submit"), body("logs-1"))).status).toBe(202);
    for (const node of ["../secrets", "Train", "a b", "%00"]) {
      expect(await refused(await fetch(api(`/logs/logs-1?node=${encodeURIComponent(node)}`)))).toBe(400);
    }
    const response = await fetch(api("/logs/logs-1?node=trane_model"));
    expect(response.status).toBe(404);
    expect(problem.parse(await response.json()).detail).toContain("train_model");
  });

  test("that nobody has: 404", async () => {
    for (const path of ["status", "logs", "lineage", "audit"]) {
      expect(await refused(await fetch(api(`/${path}/nobody`)))).toBe(404);
    }
    for (const path of ["cancel", "rerun"]) expect(await post(`/${path}/nobody`, "{}")).toBe(404);
  });
});

describe("a request that fits nothing", () => {
  test("is told where there is something, and which methods there are", async () => {
    expect(await refused(await fetch(api("/nothing")))).toBe(404);
    const response = await fetch(api("/submit"), { method: "DELETE" });
    expect(response.headers.get("allow")).toBe("POST");
    expect(await refused(response)).toBe(405);
  });

  test("or that dribbles is cut off, and others are served meanwhile", async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), "127.0.0.1");
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    let heard = "";
    socket.on("data", (bytes) => {
      heard += bytes.toString();
    });
    socket.on("close", () => resolve(heard));
    socket.write("POST /api/orch/submit HTTP/1.1\r\nHost: x\r\nContent-Type: appl");
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect(await ended).toContain("408");
  });
});

test("what would have changed something is on record as refused, with what was wrong and nothing of what was sent", async () => {
  await post(
    "/submit",
    JSON.stringify({ ...body("refused-1"), dag_spec: { version: 1, pipeline_id: "secret-value!" } }),
  );
  // It is written behind the answer.
  await expect.poll(() => service.noted.some(({ detail }) => detail.codes !== undefined)).toBe(true);
  const rows = service.noted.filter(({ detail }) => detail.codes?.includes("value/pipeline-id"));
  expect(rows.at(-1)).toMatchObject({
    event: "refused",
    actor: "anonymous",
    detail: { reason: "invalid", operation: "POST /api/orch/submit" },
  });
  expect(JSON.stringify(rows)).not.toContain("secret-value");
});
