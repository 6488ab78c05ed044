import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceInService } from "../../../submission/cli/audit/in-service.ts";
import { walked } from "../../../submission/cli/audit/walked.ts";
import type { Access } from "../../../submission/service/access/index.ts";
import { startApi } from "../../../submission/service/api/index.ts";
import { auditVerification, problem } from "../../../submission/service/api/schema.ts";
import type { AuditLog } from "../../../submission/service/audit/index.ts";
import { type Running, running } from "./running.ts";
import { body } from "./sample.ts";

/** `auditor` may everything everywhere, `alice` in namespaces only. */
const access: Access = {
  description: "by name",
  identify: async (token) => (token === undefined ? undefined : { name: token, groups: [] }),
  may: async ({ name }, _verb, namespace) => name === "auditor" || (name === "alice" && namespace !== undefined),
};

let service: Running;
beforeAll(async () => {
  service = await running({ access });
  for (const id of ["audit-1", "audit-2"]) {
    const sent = await fetch(`${service.url}/api/orch/submit`, {
      method: "POST",
      headers: { "content-type": "application/json", ...as("alice") },
      body: JSON.stringify(body(id)),
    });
    expect(sent.status).toBe(202);
  }
  const detail = { node: "train_model", state: "Running", reason: `it's "quoted", ümläuted and\n broken` };
  await service.audit.append("audit-1", [
    { key: "node/train_model/1/Running", event: "node", actor: "watch", at: Date.now(), digests: {}, detail },
  ]);
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const as = (name: string) => ({ authorization: `Bearer ${name}` });
const get = (path: string, name: string) => fetch(`${service.url}/api/orch/${path}`, { headers: as(name) });
const sourceAs = (token: string, url = service.url) =>
  sourceInService({ url, token, description: "the test's service", close: async () => undefined });

/** Another API on the same log, which says something else of it. */
async function besides(changes: Partial<AuditLog>) {
  const audit = new Proxy(service.audit, {
    get(target, name) {
      const value: unknown = Reflect.get(changes, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const api = await startApi({ parts: { ...service.parts, audit }, ports: { http: 0, grpc: 0 } });
  return { url: api.http, [Symbol.asyncDispose]: () => api.close() };
}

describe("a chain over the API", () => {
  test("carries all that its hashes cover: a client recomputes them", async () => {
    const { submission, entries } = await sourceAs("alice").chain("audit-1");
    expect(submission).toMatchObject({ team: "research", actor: "alice" });
    expect(entries).toEqual(await service.audit.chain("audit-1"));
    expect(entries).toHaveLength(2);
    expect(await walked(entries)).toEqual([]);
    for (const field of ["block", "at", "sequence"] as const) {
      const changed = entries.map((entry, i) => (i === 1 ? { ...entry, [field]: entry[field] + 1 } : entry));
      expect([field, (await walked(changed)).length > 0]).toEqual([field, true]);
    }
  });

  test("is verified for who may see the submission, and is not there for others", async () => {
    const answer = auditVerification.parse(await (await get("verify/audit-1", "alice")).json());
    expect(answer).toMatchObject({ finished: true, rows: 2, blocks: 2, submissions: 1, findings: [] });
    expect((await get("verify/audit-1", "mallory")).status).toBe(404);
    expect((await get("verify/nobody", "alice")).status).toBe(404);
  });

  test("that the service says is whole and is not as it was written, the CLI finds by itself", async () => {
    await using lying = await besides({
      chain: async () =>
        (await service.audit.chain("audit-1")).map((entry) => ({ ...entry, actor: "mallory" })).slice(0, 1),
    });
    const { findings } = await sourceAs("alice", lying.url).verifyChain("audit-1");
    expect(findings.map(({ kind, sequence }) => `${kind} ${sequence}`)).toEqual(["changed 0", "missing 1"]);
  });
});

describe("the whole log over the API", () => {
  test("is verified only for who may get submissions in all namespaces, who is told what it takes", async () => {
    const refused = await get("verify", "alice");
    expect([refused.status, problem.parse(await refused.json()).detail]).toEqual([
      403,
      expect.stringContaining("the verb get on submissions of orch.dev in all namespaces"),
    ]);
    const answer = auditVerification.parse(await (await get("verify", "auditor")).json());
    expect(answer).toMatchObject({
      finished: true,
      submissions: 2,
      findings: [],
      head: expect.stringMatching(/^\d+:/),
    });
    const again = await get(`verify?head=${answer.head}`, "auditor");
    expect(auditVerification.parse(await again.json()).findings).toEqual([]);
    const other = await get(`verify?head=${answer.head?.replace(/[0-9a-f]{64}/, "0".repeat(64))}`, "auditor");
    expect(auditVerification.parse(await other.json()).findings).toMatchObject([{ kind: "exchanged" }]);
    expect((await get("verify?head=42", "auditor")).status).toBe(400);
  });

  test("is followed while it is verified, to its end", async () => {
    const told: number[] = [];
    const verified = await sourceAs("auditor").verifyLog(undefined, ({ rows }) => told.push(rows));
    expect(verified).toMatchObject({ findings: [], submissions: 2 });
    expect(verified.chains).toBeGreaterThan(2);
    expect(told.at(-1)).toBe(verified.rows);
  });

  test("is verified for one at a time", async () => {
    const waiting = Promise.withResolvers<undefined>();
    await using slow = await besides({ verify: async () => await waiting.promise });
    const first = await fetch(`${slow.url}/api/orch/verify?follow=true`, { headers: as("auditor") });
    const second = await fetch(`${slow.url}/api/orch/verify`, { headers: as("auditor") });
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, "10"]);
    await first.body?.cancel();
    waiting.reject(new Error("over"));
  });
});
