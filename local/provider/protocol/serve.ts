import grpc from "@grpc/grpc-js";
import { engineLog } from "./engine-log.ts";
import { handlers } from "./handlers.ts";
import type { EngineLog, Provider } from "./provider.ts";
import { PROVIDER_SERVICE } from "./service.ts";

/** Channel options: a property bag (a CRD) may be larger than the default limit of 4 MiB. */
export const CHANNEL_OPTIONS = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * Serves one provider to the engine that started this process: binds a free port on the loopback interface and prints
 * it, which is how the engine finds it. Ends when the engine ends it, or when its standard input closes with it.
 *
 * @param version version reported to the engine: that of the npm package whose types the provider serves
 */
export async function serve(
  makeProvider: (log: EngineLog) => Provider,
  version: string,
  engineAddress: string | undefined,
): Promise<void> {
  const server = new grpc.Server(CHANNEL_OPTIONS);
  const log = engineLog(engineAddress);
  server.addService(PROVIDER_SERVICE, handlers(makeProvider(log), version, log));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  console.log(String(port));
  endWithEngine(server);
}

/**
 * The engine ends its plugins when it is done. One that is killed cannot: it then closes their standard input with its own
 * end, and a plugin that stayed would stay for good.
 */
function endWithEngine(server: grpc.Server): void {
  process.stdin.on("error", () => {});
  process.stdin.on("end", () => {
    server.forceShutdown();
    process.exit(0);
  });
  process.stdin.resume();
}
