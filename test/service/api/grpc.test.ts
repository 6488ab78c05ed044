import {
  create,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { PROTO_FILE } from "../../../submission/service/api/grpc/definitions.ts";
import { generatedFolder, generateGrpcClient } from "./generated.ts";
import { type Running, running } from "./running.ts";
import { body, sampleYaml } from "./sample.ts";

/** A client of another make (Connect), on what Buf's generator makes of the .proto. */
let service: Running;
let client: DescService;
let generated: Awaited<ReturnType<typeof generatedFolder>>;
let transport: ReturnType<typeof createGrpcTransport>;
beforeAll(async () => {
  service = await running();
  generated = await generatedFolder();
  client = await generateGrpcClient(PROTO_FILE, generated.folder);
  transport = createGrpcTransport({ baseUrl: `http://${service.api.grpc}` });
});
afterAll(async () => {
  await generated.remove();
  await service[Symbol.asyncDispose]();
});

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === "unary";
const isStream = (method: DescMethod): method is DescMethodServerStreaming => method.methodKind === "server_streaming";

function method(name: string): DescMethod {
  const found = client.methods.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the generated client has no ${name}`);
  return found;
}

async function call(name: string, input: Record<string, unknown>): Promise<JsonValue> {
  const found = method(name);
  if (!isUnary(found)) throw new Error(`${name} is not unary`);
  const { message } = await transport.unary(found, undefined, undefined, undefined, create(found.input, input));
  return toJson(found.output, message, { useProtoFieldName: true, alwaysEmitImplicit: true });
}

async function all(name: string, input: Record<string, unknown>): Promise<JsonValue[]> {
  const found = method(name);
  if (!isStream(found)) throw new Error(`${name} is no stream`);
  async function* one() {
    yield create(found.input, input);
  }
  const { message } = await transport.stream(found, undefined, undefined, undefined, one());
  const items: JsonValue[] = [];
  for await (const item of message) items.push(toJson(found.output, item, { useProtoFieldName: true }));
  return items;
}

const submission = (id: string) => ({
  dagSpec: sampleYaml,
  runtimeParams: JSON.stringify(body(id).runtime_params),
});

async function failure(doing: Promise<unknown>): Promise<ConnectError> {
  try {
    await doing;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("a client generated from the .proto", () => {
  test("submits, plans, looks, lists, reads the audit log and cancels as over REST", async () => {
    const accepted = await call("Submit", submission("grpc-1"));
    expect(accepted).toMatchObject({ submission_id: "grpc-1", team: "research", warnings: [] });
    // The same submission over the other door.
    const rest = await fetch(`${service.url}/api/orch/submit`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body("grpc-1")),
    });
    expect(await rest.json()).toMatchObject({
      body_digest: z.object({ body_digest: z.string() }).parse(accepted).body_digest,
    });
    expect(await call("Plan", { dagSpec: sampleYaml })).toMatchObject({
      ok: true,
      nodes: [{ node: "fetch_data" }, { node: "compute_features" }, { node: "train_model", resources: { gpu: 1 } }],
    });
    expect(await call("GetStatus", { submissionId: "grpc-1" })).toMatchObject({ phase: "Accepted", finished: false });
    expect(await call("List", { limit: 1 })).toMatchObject({
      submissions: [{ submission_id: "grpc-1", event: "accepted" }],
    });
    expect(await call("GetAudit", { submissionId: "grpc-1" })).toMatchObject({ entries: [{ event: "accepted" }] });
    expect(await call("VerifyChain", { submissionId: "grpc-1" })).toMatchObject({ finished: true, rows: "1" });
    expect((await all("VerifyLog", {})).at(-1)).toMatchObject({ finished: true, submissions: "1" });
    expect((await failure(all("VerifyLog", { head: "42" }))).code).toBe(Code.InvalidArgument);
    expect(await call("GetLineage", { submissionId: "grpc-1" })).toMatchObject({ pipeline_id: "bt_xs_bilstm_v1" });
    expect(await call("Cancel", { submissionId: "grpc-1" })).toEqual({
      submission_id: "grpc-1",
      outcome: "cancelling",
    });
    expect(service.cancelled).toContain("grpc-1");
  });

  test("gets logs line by line, and each change of a status to its end", async () => {
    await call("Submit", submission("grpc-2"));
    expect(await all("ReadLogs", { submissionId: "grpc-2", node: "train_model" })).toEqual([
      { node: "train_model", attempt: 1, text: "hello from train_model" },
    ]);
    const followed = all("WatchStatus", { submissionId: "grpc-2" });
    const at = Date.now();
    await service.audit.append("grpc-2", [
      { key: "succeeded", event: "succeeded", actor: "test", at, digests: {}, detail: {} },
    ]);
    expect((await followed).at(-1)).toMatchObject({ phase: "Succeeded", finished: true });
  });

  test("is told what is wrong by code, sentence and located diagnostics", async () => {
    const wrong = await failure(
      call("Submit", { ...submission("grpc-3"), dagSpec: sampleYaml.replace("kind: ray_job", "kind: ray_jobb") }),
    );
    expect(wrong.code).toBe(Code.InvalidArgument);
    const [detail] = wrong.findDetails(messageOf("Problem"));
    expect(detail).toMatchObject({
      type: "urn:orch:problem:invalid-submission",
      status: 422,
      diagnostics: [{ code: "node/unknown-kind", line: 22, column: 11 }, {}],
    });
    expect((await failure(call("GetStatus", { submissionId: "nobody" }))).code).toBe(Code.NotFound);
    expect((await failure(call("GetStatus", { submissionId: "../x" }))).code).toBe(Code.InvalidArgument);
    expect((await failure(all("ReadLogs", { submissionId: "nobody" }))).code).toBe(Code.NotFound);
    for (const name of ["Cancel", "GetLineage", "GetAudit", "VerifyChain"]) {
      expect([name, (await failure(call(name, { submissionId: "nobody" }))).code]).toEqual([name, Code.NotFound]);
    }
    expect((await failure(call("Rerun", { rerunOf: "nobody" }))).code).toBe(Code.NotFound);
    expect((await failure(all("WatchStatus", { submissionId: "nobody" }))).code).toBe(Code.NotFound);
    const other = { ...submission("grpc-1"), refs: '{"model_version": "8"}' };
    expect((await failure(call("Submit", other))).code).toBe(Code.AlreadyExists);
    const large = { ...submission("grpc-4"), dagSpec: " ".repeat(9 << 20) };
    expect((await failure(call("Submit", large))).code).toBe(Code.ResourceExhausted);
  });
});

function messageOf(name: string) {
  const found = client.file.messages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the generated client has no ${name}`);
  return found;
}
