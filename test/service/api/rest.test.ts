import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accepted, problem } from "../../../submission/service/api/schema.ts";
import { type Running, running } from "./running.ts";
import { body, postJson, sampleYaml } from "./sample.ts";

let service: Running;
beforeAll(async () => {
  service = await running();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const api = (path: string): string => `${service.url}/api/orch${path}`;
const get = async (path: string) => {
  const response = await fetch(api(path));
  return { status: response.status, body: await response.json() };
};

describe("submitting", () => {
  test("is answered 202 with the id, and what was promised is on record and in the queue before that", async () => {
    const response = await postJson(api("/submit"), body("run-1"));
    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe("/api/orch/status/run-1");
    expect(await response.json()).toMatchObject({
      submission_id: "run-1",
      team: "research",
      namespace: "team-research",
      warnings: [],
    });
    const chain = await service.audit.chain("run-1");
    expect(chain.map(({ event, actor }) => [event, actor])).toEqual([["accepted", "anonymous"]]);
    expect(service.queue.depth).toBeGreaterThan(0);
    expect((await get("/status/run-1")).body).toMatchObject({ submission_id: "run-1", phase: "Accepted" });
  });

  test("the same body again, in any spelling, is the same submission and has the same answer", async () => {
    const first = await (await postJson(api("/submit"), body("run-2"))).json();
    const { runtime_params, dag_spec } = body("run-2");
    const spellings = [
      body("run-2"),
      JSON.stringify({ runtime_params, dag_spec }, null, 4),
      { dag_spec: sampleYaml, runtime_params: JSON.stringify(runtime_params) },
    ];
    for (const spelling of spellings) {
      const again = await postJson(api("/submit"), spelling);
      expect([again.status, await again.json()]).toEqual([202, first]);
    }
    expect(await service.audit.chain("run-2")).toHaveLength(1);
  });

  test("ten at once are one submission", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => postJson(api("/submit"), body("run-3"))));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(new Set(bodies.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(await service.audit.chain("run-3")).toHaveLength(1);
  });

  test("another body under an id that is taken is a conflict that shows both digests", async () => {
    const first = accepted.parse(await (await postJson(api("/submit"), body("run-4"))).json());
    const other = await postJson(api("/submit"), body("run-4", { refs: { model_version: "8" } }));
    const said = problem.parse(await other.json());
    expect(other.status).toBe(409);
    expect(said).toMatchObject({ type: "urn:orch:problem:conflict", digests: { existing: first.body_digest } });
    expect(said.digests?.submitted).not.toBe(first.body_digest);
  });

  test("mistakes in a text are located by line and column, all at once", async () => {
    const text = sampleYaml.replace("kind: ray_job", "kind: ray_jobb").replace('"2h"', '"2 hours"');
    const response = await postJson(api("/submit"), { ...body("run-5"), dag_spec: text });
    const { diagnostics = [] } = problem.parse(await response.json());
    expect(response.status).toBe(422);
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
      { code: "value/duration", line: 4, source: "dag_spec", path: "slo.max_runtime" },
      { code: "node/unknown-kind", source: "dag_spec", suggestion: "Did you mean ray_job?" },
    ]);
  });
});
