import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import descriptor from "google-protobuf/google/protobuf/descriptor_pb.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Running, running } from "./running.ts";

/** A client that knows nothing but the reflection service, as grpcurl does. */
let service: Running;
beforeAll(async () => {
  service = await running();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const answers = z.object({
  list_services_response: z.object({ service: z.array(z.object({ name: z.string() })) }).nullish(),
  file_descriptor_response: z.object({ file_descriptor_proto: z.array(z.instanceof(Buffer)) }).nullish(),
  error_response: z.object({ error_code: z.number() }).nullish(),
});

async function ask(version: "v1" | "v1alpha", request: object): Promise<z.infer<typeof answers>> {
  const folder = dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json"));
  const file = resolve(folder, `build/proto/grpc/reflection/${version}/reflection.proto`);
  const definition = loadSync(file, { keepCase: true })[`grpc.reflection.${version}.ServerReflection`];
  const method = definition === undefined ? undefined : Reflect.get(definition, "ServerReflectionInfo");
  if (method === undefined) throw new Error("the reflection service has no ServerReflectionInfo");
  const client = new Client(service.api.grpc, credentials.createInsecure());
  const { promise, resolve: answered, reject } = Promise.withResolvers<unknown>();
  const stream = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
  stream.on("data", answered);
  stream.on("error", reject);
  stream.write(request);
  stream.end();
  const answer = answers.parse(await promise);
  client.close();
  return answer;
}

test.each(["v1", "v1alpha"] as const)(
  "reflection %s names the services and describes every method",
  async (version) => {
    const { list_services_response } = await ask(version, { list_services: "" });
    const names = list_services_response?.service.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["orch.v1.Submissions"]));
    const { file_descriptor_response } = await ask(version, { file_containing_symbol: "orch.v1.Submissions" });
    const files = (file_descriptor_response?.file_descriptor_proto ?? []).map((bytes) =>
      descriptor.FileDescriptorProto.deserializeBinary(bytes),
    );
    const methods = files.flatMap((file) =>
      file.getServiceList().flatMap((each) => each.getMethodList().map((method) => method.getName())),
    );
    expect(methods).toEqual(expect.arrayContaining(["Submit", "Cancel", "VerifyChain", "VerifyLog", "WatchStatus"]));
    // Every type a method names is in the files that came.
    const types = new Set(
      files.flatMap((file) => file.getMessageTypeList().map((message) => `.${file.getPackage()}.${message.getName()}`)),
    );
    for (const file of files) {
      for (const method of file.getServiceList().flatMap((each) => each.getMethodList())) {
        expect(types).toContain(method.getInputType());
        expect(types).toContain(method.getOutputType());
      }
    }
  },
);

test("reflection says of what is not there that it is not", async () => {
  const { error_response } = await ask("v1", { file_containing_symbol: "orch.v1.Nobody" });
  expect(error_response?.error_code).toBe(5);
});
