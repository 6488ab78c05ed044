import grpc from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as Messages from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { initializationStatus, statusOf } from "./errors.ts";
import { resourceMonitor } from "./monitor.ts";
import type { CheckFailure, CheckRequest, DiffKind, DiffResult, EngineLog, Provider } from "./provider.ts";
import { InitializationError } from "./provider.ts";
import type { Envelope } from "./service.ts";
import type { PropertyMap } from "./values.ts";

type Log = EngineLog & { attach(address: string): void };

/** The provider protocol's calls, each answered by the provider's method of the same meaning. */
export function handlers(provider: Provider, version: string, log: Log): grpc.UntypedServiceImplementation {
  return {
    handshake: unary<Messages.ProviderHandshakeRequest>(({ message }) => {
      if (message.getEngineAddress()) log.attach(message.getEngineAddress());
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(false);
      response.setAcceptOutputs(false);
      response.setSupportsAutonamingConfiguration(true);
      return only(response);
    }),
    attach: unary<PluginAttach>(({ message }) => {
      log.attach(message.getAddress());
      return only(new empty.Empty());
    }),
    getPluginInfo: unary(() => {
      const response = new plugin.PluginInfo();
      response.setVersion(version);
      return only(response);
    }),
    getSchema: unary(() => {
      const response = new messages.GetSchemaResponse();
      response.setSchema("{}");
      return only(response);
    }),
    checkConfig: unary<Messages.CheckRequest>(async ({ message, bags }) => {
      const inputs = bags.news ?? {};
      return checkResponse((await provider.checkConfig?.(inputs, message.getUrn())) ?? { inputs });
    }),
    diffConfig: unary<Messages.DiffRequest>(async ({ bags }) => {
      const result = await provider.diffConfig?.(bags.oldInputs ?? {}, bags.news ?? {});
      return diffResponse(result ?? { changes: {} });
    }),
    configure: unary<Messages.ConfigureRequest>(async ({ bags }) => {
      await provider.configure(bags.args ?? {});
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      response.setAcceptresources(false);
      response.setAcceptoutputs(false);
      response.setSupportsAutonamingConfiguration(true);
      return only(response);
    }),
    check: unary<Messages.CheckRequest>(async ({ message, bags }) => {
      const result = await provider.check({
        ...identity(message),
        oldInputs: bags.olds ?? {},
        inputs: bags.news ?? {},
        randomSeed: message.getRandomseed_asU8(),
        ...autonaming(message),
      });
      return checkResponse(result);
    }),
    diff: unary<Messages.DiffRequest>(async ({ message, bags }) => {
      const result = await provider.diff({
        ...identity(message),
        id: message.getId(),
        oldInputs: bags.oldInputs ?? {},
        oldOutputs: bags.olds ?? {},
        inputs: bags.news ?? {},
        ignoreChanges: message.getIgnorechangesList(),
      });
      return diffResponse(result);
    }),
    create: unary<Messages.CreateRequest>(async ({ message, bags }) => {
      const result = await provider.create({
        ...identity(message),
        inputs: bags.properties ?? {},
        timeoutSeconds: message.getTimeout(),
        preview: message.getPreview(),
      });
      const response = new messages.CreateResponse();
      response.setId(result.id);
      return { message: response, bags: { properties: result.outputs } };
    }),
    read: unary<Messages.ReadRequest>(async ({ message, bags }) => {
      const result = await provider.read({
        ...identity(message),
        id: message.getId(),
        inputs: bags.inputs ?? {},
        outputs: bags.properties ?? {},
      });
      const response = new messages.ReadResponse();
      if (result === undefined) return only(response);
      response.setId(result.id);
      return { message: response, bags: { properties: result.outputs, inputs: result.inputs } };
    }),
    update: unary<Messages.UpdateRequest>(async ({ message, bags }) => {
      const outputs = await provider.update({
        ...identity(message),
        id: message.getId(),
        oldInputs: bags.oldInputs ?? {},
        oldOutputs: bags.olds ?? {},
        inputs: bags.news ?? {},
        timeoutSeconds: message.getTimeout(),
        preview: message.getPreview(),
      });
      return { message: new messages.UpdateResponse(), bags: { properties: outputs } };
    }),
    delete: unary<Messages.DeleteRequest>(async ({ message, bags }) => {
      await provider.delete({
        ...identity(message),
        id: message.getId(),
        outputs: bags.properties ?? {},
        timeoutSeconds: message.getTimeout(),
      });
      return only(new empty.Empty());
    }),
    invoke: unary<Messages.InvokeRequest>(async ({ message, bags }) => {
      const result = await provider.invoke({
        token: message.getTok(),
        args: bags.args ?? {},
        preview: message.getPreview(),
      });
      const response = new messages.InvokeResponse();
      response.setFailuresList((result.failures ?? []).map(failureMessage));
      return { message: response, bags: { return: result.outputs } };
    }),
    construct: unary<Messages.ConstructRequest>((request) => construct(provider, request)),
    cancel: unary(() => {
      provider.cancel();
      return only(new empty.Empty());
    }),
    call: unsupported("Call"),
    parameterize: unsupported("Parameterize"),
    getMapping: unary(() => only(new messages.GetMappingResponse())),
    getMappings: unary(() => only(new messages.GetMappingsResponse())),
  };
}

async function construct(
  provider: Provider,
  { message, bags }: Envelope<Messages.ConstructRequest>,
): Promise<Envelope<object>> {
  if (provider.construct === undefined) throw new Error(`unknown component type ${message.getType()}`);
  const monitor = resourceMonitor(message.getMonitorendpoint());
  try {
    const result = await provider.construct({
      type: message.getType(),
      name: message.getName(),
      parent: message.getParent(),
      inputs: bags.inputs ?? {},
      providers: Object.fromEntries(message.getProvidersMap().entries()),
      dependencies: message.getDependenciesList(),
      aliases: message
        .getAliasesList()
        .map((alias) => alias.getUrn())
        .filter((urn) => urn !== ""),
      protect: message.hasProtect() ? message.getProtect() : undefined,
      preview: message.getDryrun(),
      monitor,
    });
    const response = new messages.ConstructResponse();
    response.setUrn(result.urn);
    return { message: response, bags: { state: result.state } };
  } finally {
    monitor.close();
  }
}

function only(message: object): Envelope<object> {
  return { message, bags: {} };
}

/** A call that is answered once, by an envelope or a promise of it. */
function unary<Request>(
  answer: (request: Envelope<Request>) => Envelope<object> | Promise<Envelope<object>>,
): grpc.handleUnaryCall<Envelope<Request>, Envelope<object>> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback(error instanceof InitializationError ? initializationStatus(error) : statusOf(error)),
      );
  };
}

function unsupported(name: string): grpc.handleUnaryCall<Envelope<object>, Envelope<object>> {
  return (_call, callback) =>
    callback({ code: grpc.status.UNIMPLEMENTED, details: `${name} is not supported by this provider` });
}

function identity(request: { getUrn(): string; getType(): string; getName(): string }) {
  const [, , qualifiedType = "", ...name] = request.getUrn().split("::");
  return {
    urn: request.getUrn(),
    type: request.getType() || (qualifiedType.split("$").at(-1) ?? ""),
    name: request.getName() || name.join("::"),
  };
}

function autonaming(request: Messages.CheckRequest): Pick<CheckRequest, "autonaming"> {
  const options = request.getAutonaming();
  if (options === undefined) return {};
  const modes = ["propose", "enforce", "disable"] as const;
  return { autonaming: { mode: modes[options.getMode()] ?? "propose", proposedName: options.getProposedName() } };
}

function checkResponse(result: { inputs: PropertyMap; failures?: CheckFailure[] }): Envelope<object> {
  const response = new messages.CheckResponse();
  response.setFailuresList((result.failures ?? []).map(failureMessage));
  return { message: response, bags: { inputs: result.inputs } };
}

function failureMessage(failure: CheckFailure): Messages.CheckFailure {
  const message = new messages.CheckFailure();
  message.setProperty(failure.property);
  message.setReason(failure.reason);
  return message;
}

function diffResponse(result: DiffResult): Envelope<object> {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = messages.PropertyDiff.Kind;
  const kinds: Record<DiffKind, Messages.PropertyDiff.Kind> = {
    add: ADD,
    delete: DELETE,
    update: UPDATE,
    "add-replace": ADD_REPLACE,
    "delete-replace": DELETE_REPLACE,
    "update-replace": UPDATE_REPLACE,
  };
  const changes = Object.entries(result.changes);
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setReplacesList(changes.filter(([, kind]) => kind.endsWith("-replace")).map(([path]) => path));
  response.setDeletebeforereplace(result.deleteBeforeReplace ?? false);
  response.setHasdetaileddiff(true);
  for (const [path, kind] of changes) {
    const diff = new messages.PropertyDiff();
    diff.setKind(kinds[kind]);
    diff.setInputdiff(true);
    response.getDetaileddiffMap().set(path, diff);
  }
  return only(response);
}
