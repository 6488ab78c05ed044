import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import analyzer from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type { AnalyzerInfo } from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, expect, test } from "vitest";

const folder = (pack: string) => new URL(`../../../policies/${pack}`, import.meta.url).pathname;
const LOADER = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack");
/** What `pulumi-analyzer-policy` runs in the folder of a pack: Pulumi's own, and the one of the engine that is built here. */
const STARTS = { "Pulumi's own loader": [LOADER], "Node alone": [] };

let started: ChildProcess | undefined;
afterEach(async () => {
  if (started === undefined || started.exitCode !== null) return;
  const gone = once(started, "exit");
  started.kill();
  await gone;
});

const cases = Object.entries(STARTS).flatMap(([by, start]) =>
  ["platform", "quota", "promotion"].map((pack) => ({ pack, by, start })),
);

test.each(cases)("the pack $pack, started by $by, tells a port and serves its rules on it", async ({ pack, start }) => {
  started = spawn(process.execPath, [...start, ...(start.length === 0 ? ["."] : []), "127.0.0.1:1", "."], {
    cwd: folder(pack),
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (started.stdout === null) throw new Error("it has no output");
  const [port] = await once(createInterface(started.stdout), "line");
  const client = new analyzer.AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const info = await promisify<InstanceType<typeof empty.Empty>, AnalyzerInfo>(client.getAnalyzerInfo.bind(client))(
    new empty.Empty(),
  );
  client.close();
  const rules = await import(`../../../policies/${pack}/rules/index.ts`);
  expect(info.getName()).toBe(pack);
  expect(info.getPoliciesList()).toHaveLength(Object.keys(rules).length);
});
