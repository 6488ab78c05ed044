import grpc from "@grpc/grpc-js";
import resourceMessages from "@pulumi/pulumi/proto/resource_pb.js";
import type { RegisterRequest, ResourceMonitor } from "./provider.ts";
import { MONITOR_METHODS } from "./service.ts";

/** A client of the engine's resource monitor at `endpoint`; close it when the component is complete. */
export function resourceMonitor(endpoint: string): ResourceMonitor & { close(): void } {
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  return {
    register: (request) =>
      new Promise((resolve, reject) => {
        const { path, serialize, deserialize } = MONITOR_METHODS.registerResource;
        const envelope = { message: registration(request), bags: { object: request.inputs } };
        client.makeUnaryRequest(path, serialize, deserialize, envelope, (error, response) => {
          if (error !== null) reject(error);
          else if (response === undefined) reject(new Error("the engine did not answer"));
          else
            resolve({
              urn: response.message.getUrn(),
              id: response.message.getId(),
              outputs: response.bags.object ?? {},
            });
        });
      }),
    registerOutputs: (urn, outputs) =>
      new Promise((resolve, reject) => {
        const { path, serialize, deserialize } = MONITOR_METHODS.registerResourceOutputs;
        const message = new resourceMessages.RegisterResourceOutputsRequest();
        message.setUrn(urn);
        client.makeUnaryRequest(path, serialize, deserialize, { message, bags: { outputs } }, (error) =>
          error !== null ? reject(error) : resolve(),
        );
      }),
    close: () => client.close(),
  };
}

function registration(request: RegisterRequest) {
  const message = new resourceMessages.RegisterResourceRequest();
  message.setType(request.type);
  message.setName(request.name);
  message.setParent(request.parent);
  message.setCustom(request.custom);
  message.setProvider(request.provider ?? "");
  message.setVersion(request.version ?? "");
  message.setDependenciesList(request.dependencies ?? []);
  message.setAliasurnsList(request.aliases ?? []);
  if (request.protect !== undefined) message.setProtect(request.protect);
  for (const [name, reference] of Object.entries(request.providers ?? {}))
    message.getProvidersMap().set(name, reference);
  message.setAcceptsecrets(true);
  message.setAcceptresources(true);
  message.setSupportspartialvalues(true);
  return message;
}
