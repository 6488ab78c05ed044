import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { create, type DescService, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { loadSync } from "@grpc/proto-loader";
import { completed } from "../../../submission/service/api/grpc/descriptors.ts";

const checkout = resolve(import.meta.dirname, "../../..");

/** A folder for generated code, from which the checkout's packages are found. */
export async function generatedFolder(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const cache = join(checkout, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "generated-client-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What Buf's `protoc-gen-es` makes of the committed .proto. */
export async function generateGrpcClient(protoFile: string, folder: string): Promise<DescService> {
  const files = descriptorsOf(protoFile);
  const request = create(CodeGeneratorRequestSchema, {
    fileToGenerate: files.filter((file) => file.package === "orch.v1").map(({ name }) => name),
    parameter: "target=ts",
    protoFile: files,
  });
  const plugin = spawn(join(checkout, "node_modules/.bin/protoc-gen-es"), { stdio: ["pipe", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  plugin.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  plugin.stdin.end(toBinary(CodeGeneratorRequestSchema, request));
  await once(plugin, "close");
  const { file, error } = fromBinary(CodeGeneratorResponseSchema, Buffer.concat(chunks));
  if (error !== "") throw new Error(error);
  const [client] = file;
  if (client === undefined) throw new Error("nothing was generated");
  const path = join(folder, "client.ts");
  await writeFile(path, client.content);
  const generated: unknown = await import(pathToFileURL(path).href);
  return serviceIn(generated);
}

function descriptorsOf(protoFile: string): FileDescriptorProto[] {
  const message = completed(loadSync(protoFile, { keepCase: true }))["orch.v1.SubmitRequest"];
  if (message === undefined || !("fileDescriptorProtos" in message)) throw new Error("the .proto has no SubmitRequest");
  const files: unknown = message.fileDescriptorProtos;
  if (!Array.isArray(files)) throw new Error("the .proto has no descriptors");
  return files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

function serviceIn(generated: unknown): DescService {
  const found = typeof generated === "object" && generated !== null ? Reflect.get(generated, "Submissions") : undefined;
  if (!isService(found)) throw new Error("no service was generated");
  return found;
}

const isService = (value: unknown): value is DescService =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
