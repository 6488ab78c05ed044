import { flushCompileCache } from "node:module";
import grpc from "@grpc/grpc-js";
import analyzer from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type { Rule } from "../rule.ts";
import { PackOfRules } from "./pack-of-rules.ts";

/**
 * Serves rules to the engine that started this process, over Pulumi's protocol for policy packs. Pulumi's own server decodes each
 * resource anew for every rule and loads its whole SDK to do so, which made the packs cost as much as the preview itself.
 *
 * Prints the port that it listens on, on the loopback interface, which is how the engine finds it.
 *
 * @param version of the pack
 */
export function servePack({ name, version }: { name: string; version: string }, rules: readonly Rule[]): void {
  const pack = new PackOfRules(name, version, rules);
  // A stack in one request is larger than the default limit of 4 MiB.
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(SERVICE, {
    analyze: answered((request: Uint8Array) => pack.analyze(request)),
    analyzeStack: answered((request: Uint8Array) => pack.analyzeStack(request)),
    remediate: answered((request: Uint8Array) => pack.remediate(request)),
    getAnalyzerInfo: answered(() => pack.info()),
    getPluginInfo: answered(() => new plugin.PluginInfo().setVersion(version)),
    configure: answered((request: messages.ConfigureAnalyzerRequest) => pack.configure(request)),
    configureStack: answered(() => new messages.AnalyzerStackConfigureResponse()),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    console.log(String(port));
    // The engine kills its policy packs, which then have no end at which to keep what they compiled.
    flushCompileCache();
  });
}

const { AnalyzerService } = analyzer;
/** What carries resources arrives as it is: it is decoded where it is looked at. */
const SERVICE: grpc.ServiceDefinition = {
  ...AnalyzerService,
  analyze: undecoded(AnalyzerService.analyze),
  analyzeStack: undecoded(AnalyzerService.analyzeStack),
  remediate: undecoded(AnalyzerService.remediate),
  configure: { ...AnalyzerService.configure, responseSerialize: () => Buffer.alloc(0) },
};

function undecoded<Request, Response>(
  method: grpc.MethodDefinition<Request, Response>,
): grpc.MethodDefinition<Uint8Array, Response> {
  return { ...method, requestDeserialize: (bytes) => bytes, requestSerialize: (bytes) => Buffer.from(bytes) };
}

/** What is thrown here is a fault of a rule: its stack is what helps, and gRPC would drop it. */
function answered<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return async ({ request }, callback) => {
    try {
      callback(null, await answer(request));
    } catch (error) {
      callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? (error.stack ?? "") : String(error) });
    }
  };
}
