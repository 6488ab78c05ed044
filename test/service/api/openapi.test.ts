import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createClient } from "@hey-api/openapi-ts";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { OPERATIONS } from "../../../submission/service/api/rest/operations.ts";
import { generatedFolder } from "./generated.ts";
import { type Running, running } from "./running.ts";
import { body, postJson } from "./sample.ts";

let service: Running;
let generated: Awaited<ReturnType<typeof generatedFolder>>;
let document: unknown;
beforeAll(async () => {
  service = await running();
  generated = await generatedFolder();
  document = await (await fetch(`${service.url}/openapi.json`)).json();
});
afterAll(async () => {
  await generated.remove();
  await service[Symbol.asyncDispose]();
});

const paths = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

describe("the OpenAPI document", () => {
  test("names every operation the server has, and no other", async () => {
    const documented = Object.keys(paths.parse(document).paths).sort();
    expect(documented).toEqual(OPERATIONS.map(({ path }) => path).sort());
    for (const { method, path } of OPERATIONS) {
      const response = await fetch(service.url + path.replace("{id}", "nobody"), { method: method.toUpperCase() });
      // Served, whatever it says to a request without what it needs.
      expect([path, response.status === 405, (await response.text()).includes("/openapi.json says")]).toEqual([
        path,
        false,
        false,
      ]);
    }
  });

  test("says of every answer what it holds", async () => {
    await postJson(`${service.url}/api/orch/submit`, body("answers-1"));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "api", ...z.record(z.string(), z.unknown()).parse(document) });
    const answers: readonly (readonly [string, Response])[] = [
      ["SubmissionStatus", await fetch(`${service.url}/api/orch/status/answers-1`)],
      ["AuditChain", await fetch(`${service.url}/api/orch/audit/answers-1`)],
      ["AuditVerification", await fetch(`${service.url}/api/orch/verify/answers-1`)],
      ["AuditVerification", await fetch(`${service.url}/api/orch/verify`)],
      ["SubmissionPage", await fetch(`${service.url}/api/orch/submissions?limit=1`)],
      ["Accepted", await postJson(`${service.url}/api/orch/submit`, body("answers-1"))],
      ["Plan", await postJson(`${service.url}/api/orch/plan`, body("answers-1"))],
      ["Problem", await postJson(`${service.url}/api/orch/submit`, { ...body("answers-1"), dag_spec: {} })],
      ["Problem", await fetch(`${service.url}/api/orch/status/nobody`)],
      ["Cancelled", await postJson(`${service.url}/api/orch/cancel/answers-1`, {})],
      ["Readiness", await fetch(`${service.url}/readyz`)],
    ];
    for (const [name, response] of answers) {
      const valid = ajv.validate({ $ref: `api#/components/schemas/${name}` }, await response.json());
      expect([name, valid, ajv.errorsText()]).toEqual([name, true, "No errors"]);
    }
  });
});

const outcome = z.object({
  data: z.unknown().optional(),
  error: z.unknown().optional(),
  response: z.instanceof(Response),
});

test("a client that is generated from it submits, looks and reads problems", async () => {
  const input = join(generated.folder, "openapi.json");
  await writeFile(input, JSON.stringify(document));
  const output = join(generated.folder, "client");
  await createClient({ input, output, logs: { level: "silent" }, plugins: ["@hey-api/sdk", "@hey-api/client-fetch"] });
  const sdk: unknown = await import(pathToFileURL(join(output, "sdk.gen.ts")).href);
  const call = async (name: string, asked: object) => {
    const operation: unknown = typeof sdk === "object" && sdk !== null ? Reflect.get(sdk, name) : undefined;
    if (typeof operation !== "function") throw new Error(`the generated client has no ${name}`);
    return outcome.parse(await operation({ baseUrl: service.url, ...asked }));
  };
  const accepted = await call("submit", { body: body("generated-1") });
  expect([accepted.response.status, accepted.data]).toMatchObject([202, { submission_id: "generated-1" }]);
  const status = await call("status", { path: { id: "generated-1" } });
  expect(status.data).toMatchObject({ phase: "Accepted" });
  const page = await call("submissions", { query: { limit: 1, pipeline_id: "bt_xs_bilstm_v1" } });
  expect(page.data).toMatchObject({ submissions: [{ submission_id: "generated-1" }] });
  const nobody = await call("status", { path: { id: "nobody" } });
  expect(nobody.error).toMatchObject({ status: 404, type: "urn:orch:problem:unknown" });
  expect(await readFile(join(output, "types.gen.ts"), "utf8")).toContain("export type DagSpec");
});
