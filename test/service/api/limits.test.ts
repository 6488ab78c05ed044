import { Client, credentials, status } from "@grpc/grpc-js";
import * as health from "grpc-health-check";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Access } from "../../../submission/service/access/index.ts";
import { loadDefinitions } from "../../../submission/service/api/grpc/definitions.ts";
import { problem, readiness } from "../../../submission/service/api/schema.ts";
import { Unavailable } from "../../../submission/service/unavailable.ts";
import { running } from "./running.ts";
import { body, postJson, sampleDag } from "./sample.ts";

/** Anyone with a token is who the token says; anyone but `stranger` may do anything. */
const byName: Access = {
  description: "by name",
  identify: async (token) => (token === undefined || token === "stranger" ? undefined : { name: token, groups: [] }),
  may: async () => true,
};
const as = (name: string) => ({ authorization: `Bearer ${name}` });

test("a caller who asks too often is told when to ask again, and others are served meanwhile", async () => {
  await using service = await running({ access: byName, requestsPerSecond: 5 });
  const url = `${service.url}/api/orch/submissions`;
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async () => (await fetch(url, { headers: as("alice") })).status),
  );
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(10);
  const refused = await Promise.all(Array.from({ length: 12 }, () => fetch(url, { headers: as("bob") })));
  const limited = refused.find(({ status }) => status === 429);
  expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await fetch(url, { headers: as("carol") })).status).toBe(200);
});

test("one address that tries tokens is refused before anybody is asked about them", async () => {
  let asked = 0;
  const counting: Access = {
    ...byName,
    identify: async () => {
      asked++;
      return undefined;
    },
  };
  await using service = await running({ access: counting });
  const url = `${service.url}/api/orch/submissions`;
  const statuses = new Set<number>();
  for (let i = 0; i < 60; i++) statuses.add((await fetch(url, { headers: as(`guess-${i}`) })).status);
  expect(statuses).toEqual(new Set([401, 429]));
  expect(asked).toBeLessThan(60);
});

test("a part that is away is named: submissions get 503 and when to come again, and go through once it is back", async () => {
  let away = true;
  const gone = () => (away ? Promise.reject(new Unavailable("audit", "ClickHouse does not answer.")) : undefined);
  await using service = await running({
    parts: ({ audit }) => ({
      audit: Object.assign(Object.create(audit), {
        open: async (...given: Parameters<typeof audit.open>) => (await gone()) ?? (await audit.open(...given)),
        ready: async () => (await gone()) ?? (await audit.ready()),
        append: audit.append.bind(audit),
        events: audit.events.bind(audit),
        record: audit.record.bind(audit),
      }),
    }),
  });
  const submitting = () => postJson(`${service.url}/api/orch/submit`, body("away-1"));
  const refused = await submitting();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
  expect(problem.parse(await refused.json())).toMatchObject({ part: "audit", type: "urn:orch:problem:unavailable" });
  const unready = await fetch(`${service.url}/readyz`);
  expect([unready.status, readiness.parse(await unready.json())]).toMatchObject([
    503,
    {
      ready: false,
      parts: { audit: "ClickHouse does not answer.", queue: "ready" },
      authentication: expect.any(String),
    },
  ]);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  away = false;
  expect((await submitting()).status).toBe(202);
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
});

test("a queue that is away costs nothing: what is promised is in the outbox", async () => {
  await using service = await running({
    parts: ({ queue }) => ({
      queue: {
        enqueue: () => Promise.reject(new Unavailable("queue", "the brokers do not answer")),
        consume: (...given) => queue.consume(...given),
        ready: () => queue.ready(),
        close: () => queue.close(),
      },
    }),
  });
  expect((await postJson(`${service.url}/api/orch/submit`, body("queued-1"))).status).toBe(202);
  const pending = await service.audit.pending(Date.now() + 1, 10);
  expect(pending.map(({ submissionId }) => submissionId)).toEqual(["queued-1"]);
});

test("bodies that are together too many get 503 and when to come again, over gRPC too, and what is answered makes room", async () => {
  const accepted = Promise.withResolvers<void>();
  let opening = 0;
  const held = 3;
  const full = Promise.withResolvers<void>();
  await using service = await running({
    bytesInFlight: 0,
    parts: ({ audit, profile }) => ({
      // One body of the largest fits in any case.
      profile: { ...profile, limits: { ...profile.limits, documentBytes: 64 * 1024 } },
      audit: Object.assign(Object.create(audit), {
        open: async (...given: Parameters<typeof audit.open>) => {
          if (++opening === held) full.resolve();
          await accepted.promise;
          return await audit.open(...given);
        },
        append: audit.append.bind(audit),
        events: audit.events.bind(audit),
        record: audit.record.bind(audit),
      }),
    }),
  });
  const large = (id: string) => JSON.stringify(body(id)).padEnd(20 * 1024);
  const url = `${service.url}/api/orch/submit`;
  const first = Array.from({ length: held }, (_, i) => postJson(url, large(`held-${i}`)));
  await full.promise;
  const chunked = new Blob([large("chunked-1")]).stream();
  const headers = { "content-type": "application/json" };
  for (const refused of [
    await postJson(url, large("refused-1")),
    await fetch(url, { method: "POST", body: chunked, duplex: "half", headers }),
  ]) {
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(problem.parse(await refused.json()).type).toBe("urn:orch:problem:busy");
  }
  const { definition, client } = grpcSubmissions(service.api.grpc);
  const call = Promise.withResolvers<unknown>();
  const message = { dag_spec: JSON.stringify(sampleDag).padEnd(20 * 1024), runtime_params: "{}" };
  client.makeUnaryRequest(
    definition.path,
    definition.requestSerialize,
    definition.responseDeserialize,
    message,
    (error, value) => (error === null ? call.resolve(value) : call.reject(error)),
  );
  await expect(call.promise).rejects.toMatchObject({ code: status.UNAVAILABLE });
  client.close();
  expect((await fetch(`${service.url}/api/orch/submissions`)).status).toBe(200);
  accepted.resolve();
  expect((await Promise.all(first)).map((answer) => answer.status)).toEqual([202, 202, 202]);
  expect((await postJson(url, large("refused-1"))).status).toBe(202);
});

function grpcSubmissions(address: string) {
  const definition = loadDefinitions().submissions.Submit;
  if (definition === undefined) throw new Error("the service has no Submit");
  return { definition, client: new Client(address, credentials.createInsecure()) };
}

test("metrics tell what was accepted and refused, and how long requests took", async () => {
  await using service = await running();
  await postJson(`${service.url}/api/orch/submit`, body("counted-1"));
  await postJson(`${service.url}/api/orch/submit`, { ...body("counted-2"), dag_spec: {} });
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toContain('orch_submissions_accepted_total{team="research"} 1');
  expect(text).toContain('orch_submissions_refused_total{reason="invalid"} 1');
  expect(text).toMatch(
    /orch_api_request_seconds_count\{transport="rest",operation="POST \/api\/orch\/submit",outcome="202"\} 1/,
  );
  expect(text).toContain("process_cpu_user_seconds_total");
});

test("without authentication the service listens to this machine only", async () => {
  const { startApi } = await import("../../../submission/service/api/index.ts");
  await using service = await running();
  const elsewhere = startApi({ parts: service.parts, host: "0.0.0.0", ports: { http: 0, grpc: 0 } });
  await expect(elsewhere).rejects.toThrow("not this machine alone");
  const ready = readiness.parse(await (await fetch(`${service.url}/readyz`)).json());
  expect(ready.authentication).toContain("--insecure-no-auth");
});

test("gRPC health checks are answered without a token", async () => {
  await using service = await running({ access: byName });
  const { check } = healthMethods();
  const client = new Client(service.api.grpc, credentials.createInsecure());
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  client.makeUnaryRequest(
    check.path,
    check.requestSerialize,
    check.responseDeserialize,
    { service: "orch.v1.Submissions" },
    (error, value) => (error === null ? resolve(value) : reject(error)),
  );
  expect(z.object({ status: z.string() }).parse(await promise).status).toBe("SERVING");
  client.close();
});

function healthMethods() {
  const check = health.service.Check;
  if (check === undefined) throw new Error("the health service has no Check");
  return { check };
}
