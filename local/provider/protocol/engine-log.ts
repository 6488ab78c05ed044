import grpc from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import type { EngineLog } from "./provider.ts";

/** A log that reaches the engine's display; without an engine (tests) it goes to standard error. */
export function engineLog(address: string | undefined): EngineLog & { attach(address: string): void } {
  let client = address === undefined ? undefined : connect(address);
  const send = (severity: "INFO" | "WARNING", message: string, urn: string, ephemeral: boolean) =>
    new Promise<void>((resolve) => {
      if (client === undefined) {
        if (!ephemeral) console.error(message);
        resolve();
        return;
      }
      const request = new engineMessages.LogRequest();
      request.setSeverity(engineMessages.LogSeverity[severity]);
      request.setMessage(message);
      request.setUrn(urn);
      request.setEphemeral(ephemeral);
      // A message the engine no longer takes (it is leaving) is not worth an error of its own.
      client.log(request, () => resolve());
    });
  return {
    info: (message, urn = "") => send("INFO", message, urn, false),
    warn: (message, urn = "") => send("WARNING", message, urn, false),
    status: (message, urn) => send("INFO", message, urn, true),
    attach: (engine) => {
      client = connect(engine);
    },
  };
}

function connect(address: string) {
  return new engineService.EngineClient(address, grpc.credentials.createInsecure());
}
