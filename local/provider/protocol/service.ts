import type grpc from "@grpc/grpc-js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import resourceService from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import { appendBags, takeBags } from "./property-bags.ts";
import type { PropertyMap } from "./values.ts";

/** A message with its property bags beside it. */
export interface Envelope<Message> {
  message: Message;
  bags: Record<string, PropertyMap>;
}

interface BagFields {
  request?: Record<number, string>;
  response?: Record<string, number>;
}

/** Field numbers of the property bags in the messages of `provider.proto`. */
const PROVIDER_BAGS: Record<string, BagFields> = {
  checkConfig: { request: { 2: "olds", 3: "news" }, response: { inputs: 1 } },
  diffConfig: { request: { 3: "olds", 4: "news", 6: "oldInputs" } },
  configure: { request: { 2: "args" } },
  check: { request: { 2: "olds", 3: "news", 9: "oldOutputs" }, response: { inputs: 1 } },
  diff: { request: { 3: "olds", 4: "news", 6: "oldInputs" } },
  create: { request: { 2: "properties" }, response: { properties: 2 } },
  read: { request: { 3: "properties", 4: "inputs" }, response: { properties: 2, inputs: 3 } },
  update: { request: { 3: "olds", 4: "news", 8: "oldInputs" }, response: { properties: 1 } },
  delete: { request: { 3: "properties", 5: "oldInputs" } },
  invoke: { request: { 2: "args" }, response: { return: 1 } },
  construct: { request: { 10: "inputs" }, response: { state: 2 } },
};

/** The provider service, with every message in an envelope of its property bags. */
export const PROVIDER_SERVICE: grpc.ServiceDefinition = Object.fromEntries(
  Object.entries(providerService.ResourceProviderService).map(([name, method]) => [
    name,
    inEnvelopes(method, PROVIDER_BAGS[name] ?? {}),
  ]),
);

/** The two calls of the resource monitor that a component makes. */
export const MONITOR_METHODS = {
  registerResource: client(resourceService.ResourceMonitorService.registerResource, { object: 5 }, { 3: "object" }),
  registerResourceOutputs: client(resourceService.ResourceMonitorService.registerResourceOutputs, { outputs: 2 }, {}),
};

function inEnvelopes(
  method: grpc.MethodDefinition<object, object>,
  fields: BagFields,
): grpc.MethodDefinition<Envelope<object>, Envelope<object>> {
  const { path, requestStream, responseStream } = method;
  return {
    path,
    requestStream,
    responseStream,
    requestDeserialize: (bytes) => open(bytes, fields.request ?? {}, method.requestDeserialize),
    responseSerialize: (envelope) => seal(envelope, fields.response ?? {}, method.responseSerialize),
    // The client's half, which a server does not use.
    requestSerialize: (envelope) => method.requestSerialize(envelope.message),
    responseDeserialize: (bytes) => ({ message: method.responseDeserialize(bytes), bags: {} }),
  };
}

function client<Request, Response>(
  method: grpc.MethodDefinition<Request, Response>,
  request: Record<string, number>,
  response: Record<number, string>,
) {
  return {
    path: method.path,
    serialize: (envelope: Envelope<Request>) => seal(envelope, request, method.requestSerialize),
    deserialize: (bytes: Buffer) => open(bytes, response, method.responseDeserialize),
  };
}

function open<Message>(
  bytes: Buffer,
  fields: Record<number, string>,
  deserialize: (bytes: Buffer) => Message,
): Envelope<Message> {
  const { rest, bags } = takeBags(bytes, fields);
  return { message: deserialize(Buffer.from(rest)), bags };
}

function seal<Message>(
  envelope: Envelope<Message>,
  fields: Record<string, number>,
  serialize: (message: Message) => Buffer,
): Buffer {
  const bags: Record<number, PropertyMap> = {};
  for (const [name, bag] of Object.entries(envelope.bags)) {
    const field = fields[name];
    if (field !== undefined) bags[field] = bag;
  }
  return appendBags(serialize(envelope.message), bags);
}
